import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8'));
const lists = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
type Wanted = Record<(typeof lists)[number], Record<string, string>>;
const ours = read('package.json') as Wanted & { allowScripts: Record<string, boolean> };
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
const installed = Object.entries(packages).filter(([folder]) => folder !== '');
const nameOf = (folder: string): string => folder.replace(/^.*node_modules\//, '');

type Version = [number, number, number];
const versionOf = (text: string): Version => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number(part) || 0);
  return [major, minor, patch];
};
const isAtLeast = (one: Version, other: Version): boolean => {
  const place = one.findIndex((part, at) => part !== other[at]);
  return place < 0 || (one[place] ?? 0) > (other[place] ?? 0);
};

/** The forms of a range that packages use for Node, and no other: a new one fails, rather than being taken for good. */
function allows(range: string, version: Version): boolean {
  return range.split('||').some((part) => {
    const comparators = part.trim().split(/(?<![>=^])\s+/);
    return comparators.every((comparator) => {
      const [, operator, text = ''] = /^(>=|\^)?\s*(\d+(?:\.(?:\d+|x|\*)){0,2}|\*)$/.exec(comparator) ?? [];
      if (!text) throw new Error(`What does ${range} mean?`);
      const from = versionOf(text);
      if (operator === '>=' || text === '*') return isAtLeast(version, from);
      return isAtLeast(version, from) && version[0] === from[0];
    });
  });
}

describe('npm ci', () => {
  it('finds in the lock file what package.json wants, and nothing else', () => {
    const locked = packages[''] as unknown as Wanted;

    for (const list of lists) expect(ours[list]).toEqual(locked[list]);
  });

  it.each(['20.19.0', '22.13.0', '24.11.0'])('has no package that Node.js %s is too old for', (version) => {
    const tooNew = installed.filter(([, { engines }]) => engines?.node && !allows(engines.node, versionOf(version)));

    expect(tooNew.map(([folder, { engines }]) => `${folder} wants ${engines?.node}`)).toEqual([]);
  });

  it('runs an install script only where package.json says so, and is told of each', () => {
    const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([folder]) => nameOf(folder));

    expect(Object.keys(ours.allowScripts).sort()).toEqual([...new Set(withScript)].sort());
  });

  // npm writes such a lock file without a word, and then refuses it: "Missing: … from lock file".
  it('finds every optional package in the lock file, for whatever platform it is', () => {
    const above = (folder: string): string => folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
    const isLocked = (folder: string, name: string): boolean =>
      `${folder && `${folder}/`}node_modules/${name}` in packages || (folder !== '' && isLocked(above(folder), name));
    const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(folder, name))
        .map((name) => `${folder || 'the gateway'} wants ${name}`),
    );

    expect(missing).toEqual([]);
  });
});
