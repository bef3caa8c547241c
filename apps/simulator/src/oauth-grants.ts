import { type App } from './apps.js';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { type Platform } from './platforms.js';
import { openidOf, type Person, snapshotIdentity, unionidOf } from './people.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

export type Scope = 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login';

interface Code {
  readonly grant: Grant;
  readonly expiresAt: number;
  used: boolean;
}

/** What a person allowed an app: who they are to it, and how far it may look. */
export interface Grant {
  readonly appid: string;
  readonly person: Person;
  readonly scope: Scope;
  readonly openid: string;
  readonly unionid: string | undefined;
  readonly isSnapshot: boolean;
  /** Only the platform that asked for it may use what comes of it. */
  readonly platform: Platform | undefined;
}

export interface UserToken {
  readonly grant: Grant;
  readonly value: string;
  readonly refreshToken: string;
  expiresAt: number;
}

/** The app itself, or a platform in its name. */
export interface Caller {
  readonly app: App;
  readonly platform?: Platform;
}

interface RefreshToken {
  readonly grant: Grant;
  access: UserToken;
  expiresAt: number;
  revoked: boolean;
}

const accessLifetime = 7200;
const refreshLifetime = 30 * 86_400;

/**
 * Codes and user tokens of web authorisation. They are not the base access token and are kept apart from it.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
export class OauthGrants {
  private readonly codes = new Shelf<Code>(20_000);
  private readonly tokens = new Shelf<UserToken>(20_000);
  private readonly refreshTokens = new Shelf<RefreshToken>(20_000);

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
    private readonly switches: Switches,
  ) {}

  issueCode(asked: { app: App; scope: Scope; platform: Platform | undefined }, person: Person): string {
    const { app, scope, platform } = asked;
    const isSnapshot = person.isSnapshotUser && scope === 'snsapi_userinfo';
    const identity = isSnapshot
      ? snapshotIdentity(person, app)
      : { openid: openidOf(person, app), unionid: scope === 'snsapi_base' ? undefined : unionidOf(person, app) };
    const code = `0${this.chance.alphanumeric(31)}`;
    const life = app.kind === 'website' ? this.switches.website_code_life_seconds : this.switches.oauth_code_life_seconds;
    const grant = { appid: app.appid, person, scope, ...identity, isSnapshot, platform };
    this.codes.put(code, { grant, expiresAt: this.clock.seconds() + life, used: false });
    return code;
  }

  /** Nothing here waits, so of two exchanges of one code exactly one is first. */
  exchange(code: string, by: Caller): UserToken {
    const known = this.codes.get(code);
    if (!known || !isFor(known.grant, by)) throw new Refusal(40029);
    if (known.used) throw new Refusal(40163);
    if (this.clock.seconds() >= known.expiresAt) throw new Refusal(this.switches.expired_code_errcode);
    known.used = true;
    return this.issueToken(known.grant);
  }

  /** A token that is alive is prolonged, a dead one replaced, as the page on website login says. */
  refresh(value: string, by: Caller): UserToken {
    const known = this.refreshTokens.get(value);
    if (!known || !isFor(known.grant, by)) throw new Refusal(40030);
    const now = this.clock.seconds();
    if (known.revoked) throw new Refusal(42007);
    if (now >= known.expiresAt) throw new Refusal(42002);
    if (this.switches.oauth_refresh === 'rotate') {
      known.expiresAt = now;
      return this.issueToken(known.grant);
    }
    if (this.switches.oauth_refresh === 'extend') known.expiresAt = now + refreshLifetime;
    if (now < known.access.expiresAt) known.access.expiresAt = now + accessLifetime;
    else known.access = this.keepToken(known.grant, value);
    return known.access;
  }

  /** Whom a user token is about. */
  tokenOf(value: string): UserToken {
    const token = this.tokens.get(value);
    if (!token) throw new Refusal(this.switches.unknown_token_errcode);
    if (this.clock.seconds() >= token.expiresAt) throw new Refusal(42001);
    if (this.refreshTokens.get(token.refreshToken)?.revoked) throw new Refusal(42007);
    return token;
  }

  /** A changed password: every token of the person is void, and they must consent again. */
  revokeAll(person: Person): void {
    for (const refresh of this.refreshTokens.values()) if (refresh.grant.person === person) refresh.revoked = true;
  }

  private issueToken(grant: Grant): UserToken {
    const refreshToken = `85_${this.chance.urlSafe(85)}`;
    const access = this.keepToken(grant, refreshToken);
    const expiresAt = this.clock.seconds() + refreshLifetime;
    this.refreshTokens.put(refreshToken, { grant, access, expiresAt, revoked: false });
    return access;
  }

  private keepToken(grant: Grant, refreshToken: string): UserToken {
    const expiresAt = this.clock.seconds() + accessLifetime;
    const token = { grant, value: `85_${this.chance.urlSafe(85)}`, refreshToken, expiresAt };
    this.tokens.put(token.value, token);
    return token;
  }
}

const isFor = (grant: Grant, by: Caller): boolean => grant.appid === by.app.appid && grant.platform === by.platform;
