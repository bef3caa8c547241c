import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The content of a file that only its owner may read. It is created if missing. A name can be linked only once, so two
 * processes that start together get the same file.
 */
export function secretFile(path: string, make: () => string): string {
  const kept = secretIn(path);
  if (kept !== undefined) return kept;
  const draft = draftOf(path, make());
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  syncFolder(path);
  return readFileSync(path, 'utf8');
}

export function secretIn(path: string): string | undefined {
  if (!existsSync(dirname(path))) return undefined;
  sweepDrafts(path);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function replaceSecretFile(path: string, text: string): void {
  renameSync(draftOf(path, text), path);
  syncFolder(path);
}

/** The draft is on the disk before it gets its name, so after a power cut the file is complete or absent. */
function draftOf(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'w', 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  return draft;
}

/** Windows cannot open a folder. There the file system takes care of the name. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Removes drafts of killed processes. In a container all have our process id, so a draft with ours is old as well. */
function sweepDrafts(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (/^\d+$/.test(pid) && (Number(pid) === process.pid || isGone(Number(pid))))
      rmSync(join(dirname(path), name), { force: true });
  }
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
