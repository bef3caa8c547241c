import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The server that the postmaster.pid of a data folder names. It may have died without removing the file.
 * https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export interface Postmaster {
  readonly pid: number;
  /** Absent while the server accepts nobody: it is starting, recovering or stopping. */
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
 * Whether the process lives and is the server of this folder. After a crash the number may belong to another program, or to a
 * zombie (its command line is empty). A server keeps the command line with which it was started.
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
 * A server refuses to start while the process id in its pid file lives, so a file with another program's id must go. Another
 * process may do the same at this moment, and its server may have written a new file: that file is put back.
 */
export function forget(stale: Postmaster, dataFolder: string): void {
  const aside = `${pathOf(dataFolder)}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(pathOf(dataFolder), aside);
    if (readFileSync(aside, 'utf8') !== stale.file) linkSync(aside, pathOf(dataFolder));
  } catch {
    // Another process removed or replaced the file.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Empty for a zombie; undefined if the system does not tell (on Windows the server handles this itself). */
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
