import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The server that a data folder's postmaster.pid tells of, which may have died without removing it.
 * https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export interface Postmaster {
  readonly pid: number;
  /** Absent while nobody is let in: the server is starting, recovering or going down. */
  readonly port?: number;
  readonly file: string;
}

const pathOf = (dataFolder: string): string => join(dataFolder, 'postmaster.pid');

export function readPostmaster(dataFolder: string): Postmaster | undefined {
  const file = readIfThere(pathOf(dataFolder));
  if (!file) return undefined;
  const [pid, , , port, , , , status] = file.split('\n');
  return { pid: Number(pid), file, ...(status?.trim() === 'ready' ? { port: Number(port) } : {}) };
}

/**
 * Whether that process lives and is the server of this folder. After a crash the same number may be a stranger's, or a
 * zombie's that nobody has reaped (its command line is empty). The server keeps the command line it was started with.
 */
export function isRunning({ pid }: Postmaster, dataFolder: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const command = commandLineOf(pid);
  return command === undefined || command.includes(`postgres -D ${dataFolder} `);
}

/**
 * A server refuses to start while the number in its pid file lives, so a stranger's must go. Another process may be at the
 * same, and its server may have written a new file by now: that one is put back.
 */
export function forget(stale: Postmaster, dataFolder: string): void {
  const aside = `${pathOf(dataFolder)}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(pathOf(dataFolder), aside);
    if (readFileSync(aside, 'utf8') !== stale.file) linkSync(aside, pathOf(dataFolder));
  } catch {
    // Somebody else has removed or replaced it.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Nothing for a zombie; undefined where the system does not tell (Windows, whose server looks after itself). */
function commandLineOf(pid: number): string | undefined {
  if (existsSync('/proc/self/cmdline')) return (readIfThere(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
  const ps = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.error ? undefined : ps.stdout;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
