import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type SystemUser, canEnter, ownerOf, unprivilegedUser, weAreRoot } from './system-user.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

/** The folder of the server, and the user who runs it if that is not our own. */
export interface Home {
  readonly folder: string;
  readonly user?: SystemUser;
}

export const clusterIn = (folder: string): string => join(folder, 'cluster');

export function findHome(dataDir: string, warn: (message: string) => void): Home {
  const wanted = join(resolve(dataDir), 'postgres');
  if (!weAreRoot()) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return { folder: realpathSync(wanted) };
  }
  const refuge = join('/var/lib/wechat-gateway', createHash('sha256').update(wanted).digest('hex').slice(0, 16));
  const home = settledHome([wanted, refuge]) ?? newHome([wanted, refuge]);
  if (home.folder === refuge) warn(`The user that runs PostgreSQL cannot reach ${wanted}, so the database lives in ${refuge}`);
  return { ...home, folder: realpathSync(home.folder) };
}

/** Data is never left behind: an existing cluster is used even if a better place has become possible since. */
function settledHome(folders: string[]): Required<Home> | undefined {
  const folder = folders.find((candidate) => existsSync(clusterIn(candidate)));
  if (!folder) return undefined;
  const user = ownerOf(clusterIn(folder));
  if (canEnter(user, folder)) return { folder, user };
  throw new EmbeddedPostgresUnavailable(`The database in ${folder} belongs to user ${user.uid}, which cannot reach it`);
}

function newHome(folders: string[]): Required<Home> {
  const user = unprivilegedUser();
  for (const folder of folders) {
    if (!canEnter(user, nearestFolder(folder))) continue;
    makePassable(folder);
    return { folder, user };
  }
  throw new EmbeddedPostgresUnavailable(`The user that runs PostgreSQL (${user.uid}) can reach none of ${folders.join(', ')}`);
}

/** A file in place of the folder is skipped here: it is no question of rights, and making the folder will report it. */
function nearestFolder(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : nearestFolder(dirname(path));
}

/** Makes the missing folders so that other users can pass through, whatever the umask. Others keep their rights. */
function makePassable(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (!first) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o711);
}
