// Everything that a run of the tests makes on this machine lies in one folder, or is a database named after it. So it can all
// be swept away, however the run ends; what a killed one left is swept by the next.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const prefix = 'wechat-gateway-run-';

/** In memory where there is room: a copy of the database is some seven hundred files, which cost a disk four times as much. */
const inMemory = '/dev/shm';
const bytesNeeded = 4 * 2 ** 30;

function bases() {
  return [inMemory, tmpdir()].filter((folder) => existsSync(folder));
}

function hasRoom(folder) {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= bytesNeeded;
  } catch {
    return false;
  }
}

export function makeRunFolder() {
  const base = process.env.TMPDIR === undefined && hasRoom(inMemory) ? inMemory : tmpdir();
  const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`));
  // Run by root, an embedded server runs under another account, which must be able to pass through.
  chmodSync(folder, 0o711);
  return folder;
}

export const nameOfRun = (folder) => basename(folder).slice(prefix.length).replace('-', '_').toLowerCase();

export async function sweepAbandonedRuns() {
  for (const base of bases())
    for (const name of readdirSync(base).filter((entry) => entry.startsWith(prefix))) {
      const [pid] = name.slice(prefix.length).split('-');
      if (!isAlive(Number(pid))) await sweep(join(base, name));
    }
}

/** Servers outlive whoever started them, as they should. */
export async function sweep(folder) {
  for (const pid of serversIn(folder)) {
    process.kill(pid, 'SIGQUIT');
    while (isAlive(pid)) await pause(20);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function serversIn(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((path) => basename(path) === 'postmaster.pid');
  return files.map((file) => Number(readFileSync(join(folder, file), 'utf8').split('\n')[0])).filter(isAlive);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
