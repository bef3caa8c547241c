import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { AuthorizerApps } from '#app';
import { Settings } from '#settings';
import { Credentials } from '#token';
import { Clock } from '#runtime';
import type { FreshToken } from '#wechat';
import { type EntityManager, Repository } from 'typeorm';
import { authorizerTokenKind, tokenWindow } from './credential-kinds.js';
import { PlatformAuthorization, type Whose } from './platform-authorization.entity.js';
import { RefreshTokens } from './refresh-tokens.js';

/** What WeChat gave for an authorizer. It is kept before it is used. */
export interface Given extends Whose {
  /** WeChat's time of it; null if only the order of arrival is known. */
  readonly asOf: Date | null;
  readonly refreshToken: string | null;
  readonly access: FreshToken | null;
  readonly granted: readonly number[];
}

/**
 * What authorizers allow platforms. Everybody locks in the same order, so that no deadlock arises: the authorizer's app row,
 * its credential, the authorisation.
 */
@Injectable()
export class Authorizations {
  constructor(
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly authorizerApps: AuthorizerApps,
    private readonly credentials: Credentials,
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  find({ appid, platform }: Whose): Promise<PlatformAuthorization | null> {
    return this.rows.findOneBy({ appid, platform });
  }

  /** False if something newer is known. A null refresh token replaces none: an authorizer without API rights gets none. */
  async keep(transaction: EntityManager, given: Given): Promise<boolean> {
    const { appid, platform, asOf, refreshToken, granted } = given;
    await this.authorizerApps.appear(transaction, appid);
    const sealed = refreshToken === null ? null : await this.refreshTokens.seal(given, refreshToken, transaction);
    // A code that a person brought has no time. It is newer than what we know, up to the difference of the two clocks.
    const floor = new Date(this.clock.now().getTime() - this.settings.callbackWindowSeconds * 1_000);
    const kept: unknown[] = await transaction.query(
      `INSERT INTO platform_authorization AS held
              (appid, platform, stands, as_of, sealed_refresh_token, refresh_kept_at, granted, details_due_at)
       VALUES ($1, $2, true, coalesce($3::timestamptz, $4), $5, CASE WHEN $5::text IS NOT NULL THEN now() END, $6, now())
       ON CONFLICT (appid, platform) DO UPDATE
          SET stands = true, as_of = greatest(held.as_of, excluded.as_of), granted = excluded.granted, details_due_at = now(),
              sealed_refresh_token = coalesce(excluded.sealed_refresh_token, held.sealed_refresh_token),
              refresh_kept_at = coalesce(excluded.refresh_kept_at, held.refresh_kept_at),
              lost_at = CASE WHEN excluded.sealed_refresh_token IS NULL THEN held.lost_at END
        WHERE $3::timestamptz IS NULL OR held.as_of <= $3
       RETURNING appid`,
      [appid, platform, asOf, floor, sealed, granted],
    );
    if (kept.length > 0) await this.speak(transaction, given);
    return kept.length > 0;
  }

  /** Sets the time that WeChat's event gives, for a code that was exchanged before the event came. */
  async date(transaction: EntityManager, { appid, platform }: Whose, asOf: Date): Promise<void> {
    await transaction.query(
      'UPDATE platform_authorization SET as_of = $3 WHERE appid = $1 AND platform = $2 AND stands AND as_of < $3',
      [appid, platform, asOf],
    );
  }

  /** False if something newer is known, or nothing at all. An equal second counts only if WeChat confirmed it. */
  async revoke(
    transaction: EntityManager,
    { appid, platform }: Whose,
    { at, isOver }: { at: Date; isOver: boolean },
  ): Promise<boolean> {
    await transaction.query('SELECT FROM app WHERE appid = $1 FOR UPDATE', [appid]);
    await transaction.query(
      `UPDATE platform_code SET state = 'failed', failure = 'revoked', sealed_code = NULL, leased_until = NULL, fence = fence + 1
        WHERE appid = $1 AND authorizer = $2 AND as_of < $3 AND state = 'waiting'`,
      [platform, appid, at],
    );
    const [, revoked] = await transaction.query<[unknown[], number]>(
      `UPDATE platform_authorization SET stands = false, sealed_refresh_token = NULL, lost_at = NULL, as_of = $3, details_due_at = NULL
        WHERE appid = $1 AND platform = $2 AND (as_of < $3 OR ($4 AND as_of = $3))`,
      [appid, platform, at, isOver],
    );
    if (revoked > 0) await this.fallSilent(transaction, { appid, platform });
    return revoked > 0;
  }

  /** Speaks through this platform, unless the authorizer speaks through another that it still allows. */
  private async speak(transaction: EntityManager, given: Given): Promise<void> {
    const { appid, platform, access, refreshToken, granted } = given;
    const [app] = await transaction.query<{ kind: string; other: boolean }[]>(
      `SELECT kind, EXISTS (SELECT FROM platform_authorization AS held
                             WHERE held.appid = app.appid AND held.platform = app.platform AND held.platform <> $2 AND held.stands) AS other
         FROM app WHERE appid = $1`,
      [appid, platform],
    );
    if (app?.kind !== 'authorizer' || app.other) return;
    await this.authorizerApps.speakThrough(transaction, { appid, platform, granted });
    if (access || refreshToken !== null)
      await this.credentials.keepGiven(
        transaction,
        { appid, kind: authorizerTokenKind },
        access ? { fresh: access, window: tokenWindow } : undefined,
      );
  }

  private async fallSilent(transaction: EntityManager, { appid, platform }: Whose): Promise<void> {
    const [app] = await transaction.query<{ next: string | null; granted: number[] | null }[]>(
      `SELECT held.platform AS next, held.granted
         FROM app LEFT JOIN platform_authorization AS held ON held.appid = app.appid AND held.stands
        WHERE app.appid = $1 AND app.platform = $2 ORDER BY held.as_of LIMIT 1`,
      [appid, platform],
    );
    if (!app) return;
    await this.credentials.retire(transaction, appid);
    if (app.next === null) return;
    await this.authorizerApps.speakThrough(transaction, { appid, platform: app.next, granted: app.granted ?? [] });
    await this.credentials.keepGiven(transaction, { appid, kind: authorizerTokenKind }, undefined);
  }
}
