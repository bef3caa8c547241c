import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { App } from '#app';
import { Clock, Lifecycle } from '#runtime';
import { AccessTokens } from '#token';
import { type Sighting, Users } from '#user';
import { type Place, Vault } from '#vault';
import { ConsentEnded, type GrantedTokens, refreshGrant } from '#wechat';
import { Repository } from 'typeorm';
import { AuthorizationNotFound, AuthorizationOver, RenewalUnderWay } from './web-auth-errors.js';
import { WebAuthorization } from './web-authorization.entity.js';

export interface PersonToken {
  readonly openid: string;
  readonly accessToken: string;
  readonly showsProfile: boolean;
  readonly fence: string;
}

/** Longer than WeChat may take to answer. */
const leaseSeconds = 20;
const patienceMilliseconds = 10_000;
const lookAgainMilliseconds = 100;
/** A token that ends while the call is under way would only be refused. */
const marginMilliseconds = 30_000;
/** WeChat's refresh tokens live for thirty days; one that was not used for three times as long is of no use to anybody. */
const keptDays = 90;

/** The tokens that people granted: sealed, renewed by one request at a time, since a renewal may void the former ones. */
@Injectable()
export class GrantedTokenStore {
  private readonly log = new Logger('GrantedTokenStore');

  constructor(
    @InjectRepository(WebAuthorization) private readonly rows: Repository<WebAuthorization>,
    private readonly tokens: AccessTokens,
    private readonly users: Users,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** A fresh consent, which wins over whatever is under way with an older one. */
  async keep(appid: string, tokens: GrantedTokens, seen: Sighting): Promise<void> {
    await this.rows.manager.transaction(async (transaction) => {
      await this.users.see(appid, [seen], transaction);
      const { access, refresh } = await this.sealed(appid, tokens);
      await transaction.query(
        `INSERT INTO web_authorization AS held
                (appid, openid, scope, sealed_access_token, access_expires_at, sealed_refresh_token)
         VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), $6)
         ON CONFLICT (appid, openid) DO UPDATE
            SET scope = CASE WHEN ${widerIsHeld} THEN held.scope ELSE excluded.scope END,
                sealed_access_token = CASE WHEN ${widerIsHeld} THEN held.sealed_access_token ELSE excluded.sealed_access_token END,
                access_expires_at = CASE WHEN ${widerIsHeld} THEN held.access_expires_at ELSE excluded.access_expires_at END,
                sealed_refresh_token = CASE WHEN ${widerIsHeld} THEN held.sealed_refresh_token ELSE excluded.sealed_refresh_token END,
                authorized_at = now(), renewed_at = now(), leased_until = NULL, fence = held.fence + 1`,
        [appid, tokens.openid, tokens.scope, access, tokens.lifetimeSeconds, refresh],
      );
    });
  }

  async living(app: App, openid: string): Promise<PersonToken> {
    const row = await this.find(app.appid, openid);
    const held = await this.opened(row);
    const isFresh =
      row.accessExpiresAt !== null && row.accessExpiresAt.getTime() - marginMilliseconds > this.clock.now().getTime();
    return isFresh ? held : this.renewed(app, held);
  }

  /** Renewed by this request, or by another one that was quicker. */
  async renewed(app: App, stale: PersonToken): Promise<PersonToken> {
    const end = performance.now() + patienceMilliseconds;
    do {
      const fence = await this.claim(app.appid, stale);
      if (fence !== undefined) return this.renew(app, { ...stale, fence });
      const row = await this.find(app.appid, stale.openid);
      if (row.leasedUntil === null && row.fence !== stale.fence) return this.opened(row);
      await pause(lookAgainMilliseconds);
    } while (performance.now() < end && !this.lifecycle.draining.aborted);
    throw new RenewalUnderWay();
  }

  /** What a call that failed leaves behind: an ended consent takes its tokens with it. */
  async after(error: unknown, appid: string, held: PersonToken): Promise<unknown> {
    if (error instanceof ConsentEnded)
      await this.rows.update(
        { appid, openid: held.openid, fence: held.fence },
        { sealedAccessToken: null, sealedRefreshToken: null, accessExpiresAt: null, leasedUntil: null },
      );
    return error;
  }

  private async renew(app: App, claimed: PersonToken): Promise<PersonToken> {
    const { appid } = app;
    const mine = { appid, openid: claimed.openid, fence: claimed.fence };
    try {
      const row = await this.find(appid, claimed.openid);
      if (row.sealedRefreshToken === null) throw new AuthorizationOver();
      const refreshToken = await this.vault.open(place(appid, claimed.openid, 'sealed_refresh_token'), row.sealedRefreshToken);
      const fresh = await this.tokens.callProving(refreshGrant, appid, refreshToken);
      const { access, refresh } = await this.sealed(appid, fresh);
      await this.rows.update(mine, {
        sealedAccessToken: access,
        sealedRefreshToken: refresh,
        accessExpiresAt: () => `now() + make_interval(secs => ${fresh.lifetimeSeconds})`,
        renewedAt: () => 'now()',
        leasedUntil: null,
        // Once more: whoever read the row during the renewal holds the former token under the former fence.
        fence: () => 'fence + 1',
      });
      return { ...claimed, accessToken: fresh.accessToken, fence: String(BigInt(claimed.fence) + 1n) };
    } catch (error) {
      await this.after(error, appid, claimed);
      await this.rows.update(mine, { leasedUntil: null }).catch((late: Error) => {
        this.log.warn(`The renewal of a person's tokens stays leased for ${leaseSeconds} s: ${late.message}`);
      });
      throw error;
    }
  }

  private async claim(appid: string, { openid, fence }: PersonToken): Promise<string | undefined> {
    const [claimed] = await this.rows.query<[{ fence: string }[], number]>(
      `UPDATE web_authorization SET leased_until = now() + make_interval(secs => $4), fence = fence + 1
        WHERE appid = $1 AND openid = $2 AND fence = $3 AND (leased_until IS NULL OR leased_until <= now())
        RETURNING fence`,
      [appid, openid, fence, leaseSeconds],
    );
    return claimed[0]?.fence;
  }

  private async find(appid: string, openid: string): Promise<WebAuthorization> {
    const row = await this.rows.findOneBy({ appid, openid });
    if (!row) throw new AuthorizationNotFound(appid);
    return row;
  }

  private async opened(row: WebAuthorization): Promise<PersonToken> {
    const { appid, openid, fence, showsProfile, sealedAccessToken } = row;
    if (sealedAccessToken === null) throw new AuthorizationOver();
    const accessToken = await this.vault.open(place(appid, openid, 'sealed_access_token'), sealedAccessToken);
    return { openid, accessToken, showsProfile, fence };
  }

  private async sealed(appid: string, tokens: GrantedTokens): Promise<{ access: string; refresh: string }> {
    return {
      access: await this.vault.seal(place(appid, tokens.openid, 'sealed_access_token'), tokens.accessToken),
      refresh: await this.vault.seal(place(appid, tokens.openid, 'sealed_refresh_token'), tokens.refreshToken),
    };
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query(
      `UPDATE web_authorization SET sealed_access_token = NULL, sealed_refresh_token = NULL, access_expires_at = NULL
        WHERE renewed_at < now() - make_interval(days => $1) AND sealed_refresh_token IS NOT NULL`,
      [keptDays],
    );
  }
}

/** A silent visit after a consent tells nothing new, and must not take away what was allowed. */
const widerIsHeld = `(held.sealed_refresh_token IS NOT NULL AND held.scope <> 'snsapi_base' AND excluded.scope = 'snsapi_base')`;

const place = (appid: string, openid: string, column: 'sealed_access_token' | 'sealed_refresh_token'): Place => ({
  table: 'web_authorization',
  column,
  row: JSON.stringify([appid, openid]),
  owner: appid,
});
