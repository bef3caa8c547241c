import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { clusterIn, type Home } from './home.js';
import { complaintOf } from './run.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

export const superuser = 'gateway';
export const dataIn = (home: Home): string => join(clusterIn(home.folder), 'data');
export const passwordOf = (home: Home): string => readFileSync(join(clusterIn(home.folder), 'password'), 'utf8').trim();

/** The major version that made it. */
export const clusterVersion = (home: Home): string => readFileSync(join(dataIn(home), 'PG_VERSION'), 'utf8').trim();

/** Much longer than any initdb takes. It covers a process id that the system used again. */
const abandonedAfterMilliseconds = 10 * 60_000;

/**
 * Makes the cluster unless it exists. It is made in a folder of its own and then renamed, so neither a crash nor a second
 * process can leave half of one: if several race, one rename succeeds.
 */
export async function ensureCluster(home: Home, binaries: () => Promise<Binaries>): Promise<void> {
  removeAbandonedDrafts(home);
  if (existsSync(clusterIn(home.folder))) return;
  refuseHalfUpgrade(home);
  const draft = join(home.folder, `init-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await initialise(draft, (await binaries()).initdb, home);
    renameSync(draft, clusterIn(home.folder));
  } catch (error) {
    if (!existsSync(clusterIn(home.folder))) throw error; // else another process was first
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** An upgrade set the former cluster aside and was stopped before the new one took its place: an empty one must not. */
function refuseHalfUpgrade({ folder }: Home): void {
  const kept = readdirSync(folder).find((name) => /^cluster-\d+$/.test(name));
  if (kept === undefined) return;
  throw new EmbeddedPostgresUnavailable(
    `An upgrade of the database in ${folder} was interrupted. All data is in ${join(folder, kept)}: rename that folder to ` +
      `${clusterIn(folder)}, then run "npm run database:upgrade" again`,
  );
}

async function initialise(draft: string, initdb: string, home: Home): Promise<void> {
  const password = join(draft, 'password');
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (home.user) for (const path of [draft, password]) chownSync(path, home.user.uid, home.user.gid);
  const words = ['-D', join(draft, 'data'), '-U', superuser, '-A', 'scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8'];
  const order = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']; // the same on every system
  const complaint = await complaintOf(initdb, [...words, ...order], home);
  if (complaint)
    throw new EmbeddedPostgresUnavailable(`The embedded PostgreSQL cannot make its cluster in ${home.folder}: ${complaint}`);
}

function removeAbandonedDrafts(home: Home): void {
  for (const name of readdirSync(home.folder)) {
    const [, pid] = /^init-(\d+)-/.exec(name) ?? [];
    const draft = join(home.folder, name);
    if (!pid || !isAbandoned(draft, Number(pid))) continue;
    try {
      rmSync(draft, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // An initdb that outlived its parent may still be writing. The next start removes the rest.
    }
  }
}

function isAbandoned(draft: string, pid: number): boolean {
  try {
    if (Date.now() - statSync(draft).mtimeMs > abandonedAfterMilliseconds) return true;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
