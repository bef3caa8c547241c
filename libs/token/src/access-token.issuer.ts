import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Apps, type App } from '#app';
import type { Sentence } from '#errors';
import {
  type FreshToken,
  type WechatCredentials,
  WechatHttp,
  WechatRefused,
  issueClassicToken,
  issueStableToken,
  tryAppToken,
} from '#wechat';
import { Credentials } from './credentials.js';
import type { ForceLimits, Issuer, RenewalWindow, Verdict } from './issuer.js';

export const accessTokenKind = 'access_token';

/** WeChat takes 20 a day. Two are kept for the day on which a token leaks, and must be killed by force. */
const stableForceLimits: ForceLimits = { secondsApart: 30, perDay: 18 };

/**
 * The app's own access token. `stable`: WeChat gives everybody who asks the same one until its last five minutes, so
 * that is when it is renewed. `classic`: every fetch replaces the one before, which lives five minutes more.
 */
@Injectable()
export class AccessTokenIssuer implements Issuer, OnModuleInit {
  readonly kind = accessTokenKind;

  constructor(
    private readonly credentials: Credentials,
    private readonly apps: Apps,
    private readonly wechat: WechatHttp,
  ) {}

  onModuleInit(): void {
    this.credentials.register(this);
  }

  whyNot(app: App): Sentence | undefined {
    return app.kind === 'official_account' || app.kind === 'mini_program'
      ? undefined
      : { en: `a ${app.kind} has no access token of its own`, zh: `类型为 ${app.kind} 的应用没有自己的 access_token` };
  }

  window(app: App): RenewalWindow {
    return app.tokenMode === 'stable'
      ? { earliestSeconds: 295, latestSeconds: 200 }
      : { earliestSeconds: 900, latestSeconds: 600 };
  }

  issue(app: App): Promise<FreshToken> {
    return this.fetch(app, { forced: false });
  }

  async examine(app: App, value: string): Promise<Verdict> {
    const credentials = await this.apps.credentialsOf(app);
    const successor = app.tokenMode === 'stable' ? await this.currentAtWechat(credentials) : undefined;
    if (successor !== undefined && successor.value !== value) return { alive: false, successor };
    const alive = await this.wechat.call(tryAppToken, { ...credentials, accessToken: value });
    return alive ? { alive } : { alive, successor };
  }

  replace(app: App): Promise<FreshToken> {
    return this.fetch(app, { forced: true });
  }

  forceLimits(app: App): ForceLimits | undefined {
    return app.tokenMode === 'stable' ? stableForceLimits : undefined;
  }

  private async fetch(app: App, how: { forced: boolean }): Promise<FreshToken> {
    const credentials = await this.apps.credentialsOf(app);
    return app.tokenMode === 'stable'
      ? this.wechat.call(issueStableToken, credentials, how)
      : this.wechat.call(issueClassicToken, credentials);
  }

  /**
   * Asking unforced kills nothing, and another token in the answer is proof that the former one is dead. Where WeChat
   * refuses to give any, to us or for now, the token itself must be tried: it needs neither secret nor address.
   */
  private async currentAtWechat(credentials: WechatCredentials): Promise<FreshToken | undefined> {
    try {
      return await this.wechat.call(issueStableToken, credentials, { forced: false });
    } catch (error) {
      if (error instanceof WechatRefused) return undefined;
      throw error;
    }
  }
}
