import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps, AuthorizerApps } from '#app';
import { GatewayError } from '#errors';
import { Lifecycle } from '#runtime';
import { AccessTokens } from '#token';
import { type AuthorizerDetails, describeAuthorizer } from '#wechat';
import { Repository } from 'typeorm';
import { type KeptDetails, PlatformAuthorization } from './platform-authorization.entity.js';
import { RefreshTokens } from './refresh-tokens.js';

/** What WeChat says of the authorizers: asked after each authorisation, and once a day. */
@Injectable()
export class AuthorizerDescriptions {
  private readonly log = new Logger('AuthorizerDescriptions');
  private working: Promise<void> | undefined;

  constructor(
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly authorizerApps: AuthorizerApps,
    private readonly apps: Apps,
    private readonly refreshTokens: RefreshTokens,
    private readonly tokens: AccessTokens,
    private readonly lifecycle: Lifecycle,
  ) {}

  run(): void {
    if (!this.lifecycle.isServing) return;
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    try {
      for (let row = await this.claim(); row && this.lifecycle.isServing; row = await this.claim()) await this.describe(row);
    } catch (error) {
      this.log.warn(`Authorizers wait to be described: ${(error as Error).message}`);
    }
  }

  /** Not due again for a while, so that one that WeChat does not describe holds up nobody. */
  private async claim(): Promise<PlatformAuthorization | undefined> {
    const [rows] = await this.rows.query<[{ appid: string; platform: string }[], number]>(
      `UPDATE platform_authorization SET details_due_at = now() + CASE WHEN details IS NULL THEN interval '5 minutes' ELSE interval '6 hours' END
        WHERE (appid, platform) IN (
          SELECT appid, platform FROM platform_authorization WHERE details_due_at <= now() AND stands
           ORDER BY details_due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING appid, platform`,
    );
    return rows[0] && ((await this.rows.findOneBy(rows[0])) ?? undefined);
  }

  private async describe(row: PlatformAuthorization): Promise<void> {
    try {
      await this.keep(row, await this.tokens.call(describeAuthorizer, row.platform, row.appid));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.log.warn(`WeChat does not describe ${row.appid}: ${error.message}`);
    }
  }

  private async keep(row: PlatformAuthorization, said: AuthorizerDetails): Promise<void> {
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
      await this.authorizerApps.describe(transaction, { appid, name, formerName, originalId: userName, accountKind });
      const [app] = await transaction.query<{ platform: string | null }[]>('SELECT platform FROM app WHERE appid = $1', [appid]);
      if (app?.platform === platform) await this.authorizerApps.speakThrough(transaction, { appid, platform, granted });
      // Its answer to a code was lost, and was without a refresh token.
      if (row.sealedRefreshToken === null && refreshToken !== null)
        await transaction.query(
          `UPDATE platform_authorization SET sealed_refresh_token = $3, refresh_kept_at = now(), lost_at = NULL
            WHERE appid = $1 AND platform = $2 AND sealed_refresh_token IS NULL`,
          [appid, platform, await this.refreshTokens.seal(row, refreshToken, transaction)],
        );
    });
    this.apps.changed(appid);
    await this.correct(row, refreshToken);
  }

  /** The one in force is not the one that is held: an answer with it was lost, and nothing has been refused yet. */
  private async correct(row: PlatformAuthorization, refreshToken: string | null): Promise<void> {
    if (row.sealedRefreshToken === null || refreshToken === null) return;
    const held = await this.refreshTokens.opened(row, row.sealedRefreshToken);
    if (held.refreshToken !== refreshToken) await this.refreshTokens.takeInstead(held, refreshToken);
  }
}

const detailsOf = (said: AuthorizerDetails): KeptDetails => ({
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
