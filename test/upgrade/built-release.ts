import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Release, root } from './releases.js';

const kept = join(root, '.cache', 'releases');

interface Locked {
  readonly packages: Record<string, { readonly version?: string; readonly dev?: boolean }>;
}

/**
 * The folder in which a release lies built. It is made once and kept: in a draft under another name, so that a build that
 * was interrupted is never taken for one.
 */
export async function builtRelease({ version, commit }: Release): Promise<string> {
  const folder = join(kept, `${version}-${commit}`);
  if (existsSync(folder) && hasModules(folder)) return folder;
  await expectCommit({ version, commit });
  mkdirSync(kept, { recursive: true });
  removeAbandonedDrafts();

  const draft = join(kept, `draft-${process.pid}`);
  mkdirSync(draft);
  await run('git', ['archive', '--output', join(draft, 'source.tar'), commit]);
  await run('tar', ['-xf', 'source.tar'], draft);
  const { version: found } = JSON.parse(readFileSync(join(draft, 'package.json'), 'utf8')) as Release;
  if (found !== version) throw new Error(`Commit ${commit} is listed as release ${version}, but its package.json says ${found}`);
  if (!hasModules(draft)) await run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], draft);
  await run('npm', ['run', '--silent', 'build'], draft);
  // Another run may have been quicker: its folder holds the same.
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}

/** Below this tree it is served by this tree's modules, which must then be those that the release was locked to. */
const hasModules = (folder: string): boolean => existsSync(join(folder, 'node_modules')) || lockedIn(folder) === lockedIn(root);

/** What a release runs with and is compiled with. Other tools of development make no difference to what is built. */
function lockedIn(folder: string): string {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Locked;
  const matters = ([path, { dev }]: [string, { dev?: boolean }]): boolean =>
    path !== '' && (dev !== true || /^node_modules\/(typescript|@types\/.+)$/.test(path));
  return JSON.stringify(
    Object.entries(packages)
      .filter(matters)
      .map(([path, entry]) => [path, entry.version]),
  );
}

async function expectCommit({ version, commit }: Release): Promise<void> {
  await run('git', ['cat-file', '-e', `${commit}^{commit}`]).catch(() => {
    throw new Error(
      `Release ${version} cannot be built to compare with: commit ${commit} is not in this checkout. "git fetch --unshallow" brings it into a shallow clone; an archive without .git needs a clone instead.`,
    );
  });
}

/** Of runs that were killed in the middle. */
function removeAbandonedDrafts(): void {
  for (const name of readdirSync(kept)) {
    const [, pid] = /^draft-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid))))
      rmSync(join(kept, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function run(command: string, args: string[], cwd = root): Promise<void> {
  try {
    await promisify(execFile)(command, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}
