import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { GatewayError } from '#errors';
import { Lifecycle } from '#runtime';
import { AccessTokens } from '#token';
import { WechatComponentApi } from '#wechat';
import { Repository } from 'typeorm';
import { Authorizations } from './authorizations.js';
import { PlatformAuthorization } from './platform-authorization.entity.js';

/** What WeChat says of the accounts: asked after each authorisation, and once a day. */
@Injectable()
export class AccountDescriptions {
  private readonly log = new Logger('AccountDescriptions');
  private working: Promise<void> | undefined;

  constructor(
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly authorizations: Authorizations,
    private readonly tokens: AccessTokens,
    private readonly wechat: WechatComponentApi,
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
      this.log.warn(`Accounts wait to be described: ${(error as Error).message}`);
    }
  }

  /** Not due again for a while, so that one that WeChat does not describe holds up nobody. */
  private async claim(): Promise<PlatformAuthorization | undefined> {
    const [rows] = await this.rows.query<[{ appid: string; platform: string }[], number]>(
      `UPDATE platform_authorization SET details_due_at = now() + interval '5 minutes'
        WHERE (appid, platform) IN (
          SELECT appid, platform FROM platform_authorization WHERE details_due_at <= now() AND stands
           ORDER BY details_due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING appid, platform`,
    );
    return rows[0] && ((await this.authorizations.find(rows[0])) ?? undefined);
  }

  private async describe(row: PlatformAuthorization): Promise<void> {
    try {
      await this.authorizations.describe(
        row,
        await this.tokens.callAs(row.platform, (caller) => this.wechat.details(caller, row.appid)),
      );
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.log.warn(`WeChat does not describe ${row.appid}: ${error.message}`);
    }
  }
}
