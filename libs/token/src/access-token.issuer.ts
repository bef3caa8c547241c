import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Accounts, type App } from '#account';
import { type FreshToken, type WechatCredentials, WechatTokenApi } from '#wechat';
import { Credentials } from './credentials.js';
import type { Issuer, RenewalWindow, Verdict } from './issuer.js';

export const accessTokenKind = 'access_token';

/**
 * The app's own access token. `stable`: WeChat gives everybody who asks the same one until its last five minutes, so
 * that is when it is renewed. `classic`: every fetch replaces the one before, which lives five minutes more.
 */
@Injectable()
export class AccessTokenIssuer implements Issuer, OnModuleInit {
  readonly kind = accessTokenKind;

  constructor(
    private readonly credentials: Credentials,
    private readonly accounts: Accounts,
    private readonly wechat: WechatTokenApi,
  ) {}

  onModuleInit(): void {
    this.credentials.issueWith(this);
  }

  whyNot(app: App): string | undefined {
    return app.kind === 'official_account' || app.kind === 'mini_program'
      ? undefined
      : `a ${app.kind} has no access token of its own`;
  }

  window(app: App): RenewalWindow {
    return app.tokenMode === 'stable'
      ? { earliestSeconds: 295, latestSeconds: 200 }
      : { earliestSeconds: 900, latestSeconds: 600 };
  }

  async issue(app: App): Promise<FreshToken> {
    const credentials = await this.credentialsOf(app);
    return app.tokenMode === 'stable' ? this.wechat.stable(credentials) : this.wechat.classic(credentials);
  }

  async examine(app: App, value: string): Promise<Verdict> {
    const credentials = await this.credentialsOf(app);
    if (app.tokenMode === 'stable') {
      // Asking unforced kills nothing; another token in the answer is proof enough.
      const successor = await this.wechat.stable(credentials);
      const isAlive = successor.value === value && (await this.wechat.isAlive(credentials, value));
      return isAlive ? { alive: true } : { alive: false, successor };
    }
    return { alive: await this.wechat.isAlive(credentials, value) };
  }

  async replace(app: App): Promise<FreshToken> {
    const credentials = await this.credentialsOf(app);
    return app.tokenMode === 'stable' ? this.wechat.stable(credentials, { forced: true }) : this.wechat.classic(credentials);
  }

  private async credentialsOf(app: App): Promise<WechatCredentials> {
    const secret = await this.accounts.reveal(app, 'secret');
    if (secret === undefined) throw new Error(`The app ${app.appid} has no secret`);
    return { appid: app.appid, secret, proxy: await this.accounts.reveal(app, 'forwardProxy') };
  }
}
