import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Apps, type App } from '#app';
import type { Sentence } from '#errors';
import { Changes } from '#changes';
import { AccessTokens, Credentials, type Issued, type Issuer, type RenewalWindow, type Verdict } from '#token';
import { WechatHttp, isTicketRefused, issuePlatformToken, tryPlatformToken } from '#wechat';
import { DataSource, type EntityManager } from 'typeorm';
import { authorizerTokenKind, componentTokenKind, tokenWindow } from './credential-kinds.js';
import { Tickets } from './tickets.js';

/** A platform's own token, got with its secret and its ticket. */
@Injectable()
export class ComponentTokenIssuer implements Issuer, OnModuleInit {
  readonly kind = componentTokenKind;

  constructor(
    private readonly credentials: Credentials,
    private readonly tokens: AccessTokens,
    private readonly apps: Apps,
    private readonly tickets: Tickets,
    private readonly wechat: WechatHttp,
    private readonly changes: Changes,
    @InjectDataSource() private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.credentials.register(this);
    // Whoever has it can read the refresh tokens of all authorizers.
    this.tokens.registerKind(this.kind, 'third_party_platform', { staysHere: true });
    // An operator changed the platform: what failed for its authorizers need not wait for its next token.
    this.changes.watch('app', async (appid) => {
      if (appid !== undefined) await this.hurryAuthorizers(this.database.manager, appid);
    });
  }

  whyNot({ kind }: App): Sentence | undefined {
    return kind === 'third_party_platform'
      ? undefined
      : { en: `a ${kind} is no platform`, zh: `类型为 ${kind} 的应用不是第三方平台` };
  }

  async mustBeReady({ appid }: App): Promise<void> {
    await this.tickets.current(appid);
  }

  window(): RenewalWindow {
    return tokenWindow;
  }

  async issue(app: App): Promise<Issued> {
    const credentials = await this.apps.credentialsOf(app);
    const ticket = await this.tickets.current(app.appid);
    try {
      const fresh = await this.wechat.call(issuePlatformToken, credentials, ticket.value);
      return { ...fresh, alongside: (transaction) => this.hurryAuthorizers(transaction, app.appid) };
    } catch (error) {
      if (isTicketRefused(error)) await this.tickets.refused(app.appid, ticket);
      throw error;
    }
  }

  async examine(app: App, value: string): Promise<Verdict> {
    const caller = { appid: app.appid, proxy: await this.apps.wayOutOf(app), accessToken: value };
    return { alive: await this.wechat.call(tryPlatformToken, caller) };
  }

  replace(app: App): Promise<Issued> {
    return this.issue(app);
  }

  /** The tokens of authorizers that failed for want of this one are tried again at once, and not when their hour is over. */
  private async hurryAuthorizers(transaction: EntityManager, platform: string): Promise<void> {
    const rows = await transaction.query<{ appid: string }[]>('SELECT appid FROM app WHERE platform = $1', [platform]);
    if (rows.length === 0) return;
    await this.credentials.hurry(transaction, {
      appids: rows.map(({ appid }) => appid),
      kind: authorizerTokenKind,
      alsoForPerson: true,
    });
  }
}
