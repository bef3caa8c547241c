import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

/** The user who runs the server. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export const weAreRoot = (): boolean => process.getuid?.() === 0;

/** PostgreSQL refuses to run as root, so root runs it as a user that every system has. */
export function unprivilegedUser(): SystemUser {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find(([candidate]) => candidate === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

/** A cluster stays with the user who made it: the server refuses a data folder of another user. */
export function ownerOf(folder: string): SystemUser {
  const { uid, gid } = statSync(folder);
  return uid === 0 ? unprivilegedUser() : { uid, gid };
}

/** Asks the system itself, because it also knows access lists and mounts. */
export function canEnter(user: SystemUser, folder: string): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$0"', folder], { ...user, cwd: '/', env: {}, stdio: 'ignore' });
  if (!test.error) return test.status === 0;
  throw new EmbeddedPostgresUnavailable(
    `PostgreSQL refuses to run as root, and root may not run it as user ${user.uid} here (${test.error.message})`,
    { cause: test.error },
  );
}
