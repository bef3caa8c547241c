import { type App } from './apps.js';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

export type TokenLine = 'classic' | 'stable';

export interface BaseToken {
  readonly value: string;
  readonly appid: string;
  readonly line: TokenLine;
  readonly issuedAt: number;
  /** Seconds since 1970, like every moment here. */
  expiresAt: number;
  /** A newer token has replaced this one: it dies at that moment, or at its own end if that is earlier. */
  diesAt: number | undefined;
}

interface Line {
  current: BaseToken | undefined;
  former: BaseToken | undefined;
  /** Moments of the forced refreshes of one China day. */
  forced: { day: number; count: number; last: number };
}

const forcedPause = 30;
const forcedPerDay = 20;

/**
 * Base access tokens. The classic line and the stable line of an app know nothing of each other.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html
 */
export class BaseTokens {
  private readonly issued = new Shelf<BaseToken>(20_000);
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
    private readonly switches: Switches,
  ) {}

  /** Every classic fetch mints, and demotes the token before. */
  classic(appid: string): BaseToken {
    return this.mint(appid, 'classic', this.switches.third_classic_token_kills_first);
  }

  /** The same token while more than five minutes are left. */
  stable(appid: string): BaseToken {
    const { current } = this.line(appid, 'stable');
    const keeps = current && this.isAlive(current) && this.secondsLeft(current) > this.switches.token_overlap_seconds;
    return keeps ? current : this.mint(appid, 'stable', true);
  }

  forced(appid: string): BaseToken {
    const line = this.line(appid, 'stable');
    const now = this.clock.seconds();
    if (line.forced.day !== this.clock.chinaDay()) line.forced = { ...line.forced, day: this.clock.chinaDay(), count: 0 };
    if (now - line.forced.last < forcedPause) return this.stable(appid);
    if (line.forced.count >= forcedPerDay) {
      if (this.switches.forced_refresh_over_limit === '45009') throw new Refusal(45009);
      return this.stable(appid);
    }
    line.forced = { ...line.forced, count: line.forced.count + 1, last: now };
    const token = this.mint(appid, 'stable', true);
    if (!this.switches.forced_refresh_keeps_former && line.former) line.former.diesAt = now;
    return token;
  }

  /** The app a token speaks for. Throws the errcode WeChat would answer. */
  appidOf(value: string): string {
    const token = this.issued.get(value);
    if (!token) throw new Refusal(this.switches.unknown_token_errcode);
    const now = this.clock.seconds();
    // A replaced token counts as replaced even after its own end would have come.
    if (token.diesAt !== undefined && now >= token.diesAt && token.diesAt < token.expiresAt) {
      throw new Refusal(this.switches.superseded_token_errcode);
    }
    if (now >= token.expiresAt) throw new Refusal(42001);
    return token.appid;
  }

  knows(value: string): boolean {
    return this.issued.get(value) !== undefined;
  }

  isAlive(token: BaseToken): boolean {
    return this.clock.seconds() < Math.min(token.expiresAt, token.diesAt ?? token.expiresAt);
  }

  secondsLeft(token: BaseToken): number {
    return token.expiresAt - this.clock.seconds();
  }

  /** Another party that holds the secret: it takes a token and ours is dead at once. */
  kill(appid: string, line: TokenLine): number {
    const victims = this.issued.values().filter((token) => token.appid === appid && token.line === line && this.isAlive(token));
    for (const token of victims) token.diesAt = this.clock.seconds();
    this.lines.delete(key(appid, line));
    return victims.length;
  }

  list(appid: string): BaseToken[] {
    return this.issued.values().filter((token) => token.appid === appid);
  }

  private mint(appid: string, name: TokenLine, killsGrandparent: boolean): BaseToken {
    const line = this.line(appid, name);
    const now = this.clock.seconds();
    if (line.former && killsGrandparent) line.former.diesAt = Math.min(line.former.diesAt ?? now, now);
    if (line.current) line.current.diesAt = Math.min(line.current.diesAt ?? Infinity, now + this.switches.token_overlap_seconds);
    const token: BaseToken = {
      // A real one had 157 characters: a number, an underscore, and url-safe letters.
      value: `85_${this.chance.urlSafe(154)}`,
      appid,
      line: name,
      issuedAt: now,
      expiresAt: now + this.switches.token_lifetime_seconds,
      diesAt: undefined,
    };
    line.former = line.current;
    line.current = token;
    this.issued.put(token.value, token);
    return token;
  }

  private line(appid: string, name: TokenLine): Line {
    const known = this.lines.get(key(appid, name));
    if (known) return known;
    const fresh: Line = { current: undefined, former: undefined, forced: { day: 0, count: 0, last: -Infinity } };
    this.lines.set(key(appid, name), fresh);
    return fresh;
  }
}

const key = (appid: string, line: TokenLine): string => `${line}:${appid}`;

/** The right secret from an address that is allowed, or the errcode that says what is wrong. */
export function checkSecret(app: App | undefined, given: { secret: string | undefined; wrongSecret: number; from: string }): App {
  if (!app) throw new Refusal(40013);
  if (given.secret === undefined || given.secret === '') throw new Refusal(41004);
  if (given.secret !== app.secret) throw new Refusal(given.wrongSecret);
  if (app.secretIsFrozen) throw new Refusal(40243);
  if (app.authorizerIsFrozen) throw new Refusal(50007);
  checkAddress(app, given.from);
  return app;
}

/** The refusal names the address that WeChat saw, which is what an operator has to list. */
export function checkAddress(app: App, from: string): void {
  if (app.ipAllowList.length === 0 || app.ipAllowList.includes(from)) return;
  throw new Refusal(40164, `invalid ip ${from} ipv6 ::ffff:${from}, not in whitelist`);
}
