import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Accounts, AuthorizerApps } from '#account';
import { Settings } from '#settings';
import { AuthorizationLost, AuthorizationRevoked, Credentials } from '#token';
import { Clock } from '#runtime';
import { type Place, Vault } from '#vault';
import type { AccountDetails, FreshToken } from '#wechat';
import { type EntityManager, Repository } from 'typeorm';
import { authorizerTokenKind, tokenWindow } from './credential-kinds.js';
import { type KeptDetails, PlatformAuthorization } from './platform-authorization.entity.js';

export interface Whose {
  readonly appid: string;
  readonly platform: string;
}

/** What WeChat gave for an account, not used for anything before it is kept. */
export interface Given extends Whose {
  /** WeChat's time of it; null where only the order of arrival tells. */
  readonly asOf: Date | null;
  readonly refreshToken: string | null;
  readonly access: FreshToken | null;
  readonly granted: readonly number[];
}

/** A refresh token to use, with its column's text: what is written after is written only over that one. */
export interface HeldAuthorization extends Whose {
  readonly refreshToken: string;
  readonly sealed: string;
  readonly isLost: boolean;
}

/**
 * What accounts allow platforms. An account's app row is locked first, then its credential, then the authorisation,
 * by everybody, so that nobody waits for whom they hold up.
 */
@Injectable()
export class Authorizations {
  private readonly log = new Logger('Authorizations');

  constructor(
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly apps: AuthorizerApps,
    private readonly accounts: Accounts,
    private readonly credentials: Credentials,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  find({ appid, platform }: Whose): Promise<PlatformAuthorization | null> {
    return this.rows.findOneBy({ appid, platform });
  }

  /** The one by which an account's calls go out. */
  async speaking(appid: string): Promise<HeldAuthorization> {
    const { platform } = await this.accounts.get(appid);
    const row = platform === null ? null : await this.find({ appid, platform });
    if (!row?.stands) throw new AuthorizationRevoked(appid);
    if (row.sealedRefreshToken === null) throw new AuthorizationLost(appid);
    return this.opened(row, row.sealedRefreshToken);
  }

  /** False where something newer is known. A null refresh token takes away none: an account without rights to APIs gets none. */
  async keep(transaction: EntityManager, given: Given): Promise<boolean> {
    const { appid, platform, asOf, refreshToken, granted } = given;
    await this.apps.appear(transaction, appid);
    const sealed = refreshToken === null ? null : await this.vault.seal(place(given), refreshToken, transaction);
    // A code that a person brought tells no time. It is newer than what we know; WeChat's clock and ours may differ this far.
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

  /** What WeChat's event says of a code that was exchanged before the event came. */
  async date(transaction: EntityManager, { appid, platform }: Whose, asOf: Date): Promise<void> {
    await transaction.query(
      'UPDATE platform_authorization SET as_of = $3 WHERE appid = $1 AND platform = $2 AND stands AND as_of < $3',
      [appid, platform, asOf],
    );
  }

  /** Within the transaction that saves the access token of the same answer. Only over the token that was used to get it. */
  async keepRefreshed(transaction: EntityManager, used: HeldAuthorization, refreshToken: string | null): Promise<void> {
    const { appid, platform } = used;
    const isSame = refreshToken === null || refreshToken === used.refreshToken;
    const sealed = isSame ? used.sealed : await this.vault.seal(place(used), refreshToken, transaction);
    await transaction.query(
      `UPDATE platform_authorization
          SET sealed_refresh_token = $4, lost_at = NULL, refresh_kept_at = CASE WHEN $3 <> $4 THEN now() ELSE refresh_kept_at END
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3 AND ($3 <> $4 OR lost_at IS NOT NULL)`,
      [appid, platform, used.sealed, sealed],
    );
  }

  /** WeChat names another refresh token than the one it refused. Committed before anybody uses it. */
  async takeInstead(refused: HeldAuthorization, refreshToken: string): Promise<HeldAuthorization> {
    const { appid, platform } = refused;
    const sealed = await this.vault.seal(place(refused), refreshToken);
    const [, taken] = await this.rows.query<[unknown[], number]>(
      `UPDATE platform_authorization SET sealed_refresh_token = $4, refresh_kept_at = now(), lost_at = NULL
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3`,
      [appid, platform, refused.sealed, sealed],
    );
    if (taken === 0) return this.speaking(appid);
    this.log.warn(`The refresh token of ${appid} was void, and the one that WeChat names is taken instead`);
    return { appid, platform, refreshToken, sealed, isLost: false };
  }

  /** Kept as it is, since WeChat may be mistaken, and reported: an owner may have to consent again. */
  async lose({ appid, platform, sealed }: HeldAuthorization): Promise<void> {
    const [, lost] = await this.rows.query<[unknown[], number]>(
      `UPDATE platform_authorization SET lost_at = now()
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3 AND lost_at IS NULL`,
      [appid, platform, sealed],
    );
    if (lost > 0)
      this.log.error(
        `WeChat takes the refresh token of ${appid} no more and names no other: it must authorise ${platform} again`,
      );
  }

  /** False where something newer is known, or nothing at all. Of the same second only where WeChat says so. */
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

  async describe(row: PlatformAuthorization, said: AccountDetails): Promise<void> {
    const { appid, platform } = row;
    const { refreshToken, granted, userName } = said;
    const details: KeptDetails = detailsOf(said);
    await this.rows.manager.transaction(async (transaction) => {
      await transaction.query('SELECT FROM app WHERE appid = $1 FOR UPDATE', [appid]);
      const [, written] = await transaction.query<[unknown[], number]>(
        `UPDATE platform_authorization SET details = $3, user_name = $4, granted = $5, details_due_at = now() + interval '1 day'
          WHERE appid = $1 AND platform = $2 AND stands`,
        [appid, platform, JSON.stringify(details), userName, granted],
      );
      if (written === 0) return;
      const formerName = row.details?.nickname ?? null;
      const { nickname: name, kind: accountKind } = said;
      await this.apps.describe(transaction, { appid, name, formerName, originalId: userName, accountKind });
      const [app] = await transaction.query<{ platform: string | null }[]>('SELECT platform FROM app WHERE appid = $1', [appid]);
      if (app?.platform === platform) await this.apps.speakThrough(transaction, { appid, platform, granted });
      // Its answer to a code was lost, and was without a refresh token.
      if (row.sealedRefreshToken === null && refreshToken !== null)
        await transaction.query(
          `UPDATE platform_authorization SET sealed_refresh_token = $3, refresh_kept_at = now(), lost_at = NULL
            WHERE appid = $1 AND platform = $2 AND sealed_refresh_token IS NULL`,
          [appid, platform, await this.vault.seal(place(row), refreshToken, transaction)],
        );
    });
    this.accounts.changed(appid);
  }

  async opened({ appid, platform, lostAt }: PlatformAuthorization, sealed: string): Promise<HeldAuthorization> {
    return {
      appid,
      platform,
      sealed,
      isLost: lostAt !== null,
      refreshToken: await this.vault.open(place({ appid, platform }), sealed),
    };
  }

  /** Through this platform, unless the account speaks through another one that it still allows. */
  private async speak(transaction: EntityManager, given: Given): Promise<void> {
    const { appid, platform, access, refreshToken, granted } = given;
    const [app] = await transaction.query<{ kind: string; other: boolean }[]>(
      `SELECT kind, EXISTS (SELECT FROM platform_authorization AS held
                             WHERE held.appid = app.appid AND held.platform = app.platform AND held.platform <> $2 AND held.stands) AS other
         FROM app WHERE appid = $1`,
      [appid, platform],
    );
    if (app?.kind !== 'authorizer' || app.other) return;
    await this.apps.speakThrough(transaction, { appid, platform, granted });
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
    await this.apps.speakThrough(transaction, { appid, platform: app.next, granted: app.granted ?? [] });
    await this.credentials.keepGiven(transaction, { appid, kind: authorizerTokenKind }, undefined);
  }
}

const detailsOf = (said: AccountDetails): KeptDetails => ({
  nickname: said.nickname,
  kind: said.kind,
  headImage: said.headImage,
  principalName: said.principalName,
  alias: said.alias,
  qrCodeUrl: said.qrCodeUrl,
  signature: said.signature,
  serviceType: said.serviceType,
  verifyType: said.verifyType,
  accountStatus: said.accountStatus,
});

const place = ({ appid, platform }: Whose): Place => ({
  table: 'platform_authorization',
  column: 'sealed_refresh_token',
  row: JSON.stringify([appid, platform]),
  owner: appid,
});
