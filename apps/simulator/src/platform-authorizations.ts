import { type App } from './apps.js';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { OverlappingTokens } from './overlapping-tokens.js';
import { type Platform } from './platforms.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

/** What an account has let a platform do. */
export interface PlatformAuthorization {
  readonly platform: Platform;
  readonly app: App;
  permissionSets: readonly number[];
  refreshToken: string;
  /** When it was last given. */
  at: number;
  /** Counts up, for two may be given in one second. */
  order: number;
  /** The pre_auth_code of the page on which it was given. */
  preAuthCode: string;
  revoked: boolean;
}

export interface AuthorizationCode {
  readonly value: string;
  readonly authorization: PlatformAuthorization;
  readonly expiresAt: number;
  used: boolean;
}

interface Surroundings {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly switches: Switches;
}

/**
 * Who has authorised which platform, and the codes and tokens of that.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html
 */
export class PlatformAuthorizations {
  /** Access tokens with which a platform speaks for an account. */
  readonly tokens: OverlappingTokens<PlatformAuthorization>;
  private count = 0;
  private readonly given = new Map<string, PlatformAuthorization>();
  private readonly codes = new Shelf<AuthorizationCode>(20_000);

  constructor(private readonly world: Surroundings) {
    this.tokens = new OverlappingTokens(world, {
      length: 154,
      former: () => world.switches.authorizer_token_former,
      expiredErrcode: () => 42001,
    });
  }

  of(platform: Platform): PlatformAuthorization[] {
    return [...this.given.values()].filter((one) => one.platform === platform && !one.revoked);
  }

  find(platform: Platform, appid: string): PlatformAuthorization | undefined {
    const known = this.given.get(key(platform, appid));
    return known?.revoked ? undefined : known;
  }

  /** The platform that gets an app's messages: the last that was let into them. */
  readerOf(app: App): Platform | undefined {
    const readers = [...this.given.values()].filter(
      (one) => one.app === app && !one.revoked && one.platform.messageUrl !== null && readsMessages(one),
    );
    return readers.sort((a, b) => b.order - a.order)[0]?.platform;
  }

  /** Each authorisation, also a repeated one, voids the refresh token of the one before. */
  give(platform: Platform, app: App, wanted: { sets: readonly number[]; preAuthCode?: string | undefined }) {
    const former = this.find(platform, app.appid);
    const authorization: PlatformAuthorization = former ?? {
      platform,
      app,
      permissionSets: [],
      refreshToken: '',
      at: 0,
      order: 0,
      preAuthCode: '',
      revoked: false,
    };
    const sets = [...new Set(wanted.sets)].sort((a, b) => a - b);
    const isUnchanged = former?.permissionSets.join() === sets.join();
    authorization.permissionSets = sets;
    authorization.at = this.world.clock.seconds();
    authorization.order = ++this.count;
    authorization.preAuthCode = wanted.preAuthCode ?? authorization.preAuthCode;
    authorization.refreshToken = this.newRefreshToken();
    this.given.set(key(platform, app.appid), authorization);
    const change: 'authorized' | 'updateauthorized' | 'none' = former
      ? isUnchanged
        ? 'none'
        : 'updateauthorized'
      : 'authorized';
    return { authorization, code: this.issueCode(authorization), change };
  }

  revoke(authorization: PlatformAuthorization): void {
    authorization.revoked = true;
  }

  /** Nothing here waits, so of two exchanges of one code exactly one is first. */
  exchange(platform: Platform, value: string): PlatformAuthorization {
    const code = this.codes.get(value);
    if (!code || code.used || code.authorization.platform !== platform) throw new Refusal(61009);
    if (this.world.clock.seconds() >= code.expiresAt) throw new Refusal(61010);
    if (code.authorization.revoked) throw new Refusal(61003);
    code.used = true;
    return code.authorization;
  }

  wasExchanged(value: string): boolean {
    return this.codes.get(value)?.used ?? false;
  }

  refresh(authorization: PlatformAuthorization, refreshToken: string): void {
    if (refreshToken !== authorization.refreshToken) throw new Refusal(61023);
    if (this.world.switches.authorizer_refresh_rotates) authorization.refreshToken = this.newRefreshToken();
  }

  accessToken(authorization: PlatformAuthorization): { value: string; secondsLeft: number } {
    const token = this.tokens.mint(key(authorization.platform, authorization.app.appid), authorization);
    return { value: token.value, secondsLeft: this.tokens.secondsLeft(token) };
  }

  private issueCode(authorization: PlatformAuthorization): AuthorizationCode {
    const expiresAt = this.world.clock.seconds() + this.world.switches.authorization_code_life_seconds;
    const code = { value: `queryauthcode@@@${this.world.chance.urlSafe(70)}`, authorization, expiresAt, used: false };
    this.codes.put(code.value, code);
    return code;
  }

  private newRefreshToken(): string {
    return `refreshtoken@@@${this.world.chance.urlSafe(43)}`;
  }
}

const key = (platform: Platform, appid: string): string => `${platform.appid} ${appid}`;

/** 1 for an official account; mini programs have 19, customer-service messages. */
const readsMessages = ({ app, permissionSets }: PlatformAuthorization): boolean =>
  permissionSets.includes(app.kind === 'mini_program' ? 19 : 1);
