import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Release {
  readonly version: string;
  readonly commit: string;
}

/** This tree, also where this is run from the build. */
export const root = folderOf('package.json');

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Every release, the oldest first, by its commit: a tag may be missing in a checkout. docs/releasing.md says who adds one. */
export const releases = readJson('test/upgrade/releases.json') as readonly Release[];

export const ownVersion = (readJson('package.json') as Release).version;

/** The last release before this tree: the newest of a lower version. */
export function releaseBefore(version: string, among = releases): Release {
  const earlier = among.filter((release) => compareVersions(release.version, version) < 0);
  const last = earlier.sort((a, b) => compareVersions(a.version, b.version)).at(-1);
  if (!last)
    throw new Error(`test/upgrade/releases.json names no release before ${version}; docs/releasing.md says how one is made`);
  return last;
}

function folderOf(file: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, file))) folder = dirname(folder);
  return folder;
}

/** Below zero where the first comes before the second, as https://semver.org/#spec-item-11 orders them. */
export function compareVersions(first: string, second: string): number {
  const [one, other] = [partsOf(first), partsOf(second)];
  // 1.0.0-dev comes before 1.0.0.
  const stage = Number(one.stage.length === 0) - Number(other.stage.length === 0);
  return compareParts(one.core, other.core) || stage || compareParts(one.stage, other.stage);
}

function partsOf(version: string): { core: string[]; stage: string[] } {
  const [, core = '', stage] = /^(\d+\.\d+\.\d+)(?:-([\w.-]+))?$/.exec(version) ?? [];
  if (!core) throw new Error(`${version} is not a version such as 0.2.0 or 0.2.0-dev`);
  return { core: core.split('.'), stage: stage?.split('.') ?? [] };
}

/** Numbers by their value and before words; a list before a longer one that begins with it. */
function compareParts(first: string[], second: string[]): number {
  for (const [place, part] of first.entries()) {
    const other = second[place];
    if (part === other) continue;
    if (other === undefined) return 1;
    const isNumber = [part, other].map((one) => /^\d+$/.test(one));
    if (isNumber[0] !== isNumber[1]) return isNumber[0] ? -1 : 1;
    if (isNumber[0]) return Number(part) - Number(other);
    return part < other ? -1 : 1;
  }
  return first.length - second.length;
}
