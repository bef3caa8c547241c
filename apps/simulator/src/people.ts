import { createHash } from 'node:crypto';
import { type App } from './apps.js';

export interface Following {
  since: number;
  subscribeScene: string;
  qrScene: number;
  qrSceneStr: string;
}

/** Someone with a phone. Not a user of ours: each app sees an openid of its own. */
export interface Person {
  readonly id: string;
  name: string;
  language: 'zh_CN' | 'zh_TW' | 'en';
  avatar: string;
  /** WeChat shows this person a snapshot page, and the site gets a made-up identity. */
  isSnapshotUser: boolean;
  /** Has blocked the messages of accounts. */
  refusesMessages: boolean;
  /** WeChat refuses their logins to mini programs. */
  isHighRisk: boolean;
  /** By appid. */
  readonly following: Map<string, Following>;
  readonly remarks: Map<string, string>;
}

/**
 * Derived, not drawn: a gateway that keeps its users while the simulator restarts still knows them.
 * 28 characters that start with `o`.
 */
export const openidOf = (person: Person, app: App): string => identity('openid', app.appid, person.id);

export const unionidOf = (person: Person, app: App): string | undefined =>
  app.openPlatform === null ? undefined : identity('unionid', app.openPlatform, person.id);

/** What a site gets of a snapshot user: an openid of the right shape that belongs to nobody. */
export const snapshotIdentity = (person: Person, app: App) => ({
  openid: identity('snapshot-openid', app.appid, person.id),
  unionid: app.openPlatform === null ? undefined : identity('snapshot-unionid', app.openPlatform, person.id),
});

/** Of a range that nobody has. */
export function phoneNumberOf(person: Person) {
  const digest = createHash('sha256').update(`phone|${person.id}`).digest().readUInt32BE(0);
  const number = `1390000${String(digest % 10_000).padStart(4, '0')}`;
  return { phoneNumber: number, purePhoneNumber: number, countryCode: '86' };
}

function identity(kind: string, scope: string, personId: string): string {
  return `o${createHash('sha256').update(`${kind}|${scope}|${personId}`).digest('base64url').slice(0, 27)}`;
}
