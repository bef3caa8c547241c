import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Apps, type App } from '#app';
import type { Sentence } from '#errors';
import { type FreshToken, type WechatCredentials, WechatRefused, WechatTokenApi } from '#wechat';
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
    private readonly wechat: WechatTokenApi,
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

  async issue(app: App): Promise<FreshToken> {
    const credentials = await this.credentialsOf(app);
    return app.tokenMode === 'stable' ? this.wechat.stable(credentials) : this.wechat.classic(credentials);
  }

  async examine(app: App, value: string): Promise<Verdict> {
    const credentials = await this.credentialsOf(app);
    if (app.tokenMode === 'stable') {
      const successor = await this.currentAtWechat(credentials);
      const isReplaced = successor !== undefined && successor.value !== value;
      return !isReplaced && (await this.wechat.isAlive(credentials, value)) ? { alive: true } : { alive: false, successor };
    }
    return { alive: await this.wechat.isAlive(credentials, value) };
  }

  async replace(app: App): Promise<FreshToken> {
    const credentials = await this.credentialsOf(app);
    return app.tokenMode === 'stable' ? this.wechat.stable(credentials, { forced: true }) : this.wechat.classic(credentials);
  }

  forceLimits(app: App): ForceLimits | undefined {
    return app.tokenMode === 'stable' ? stableForceLimits : undefined;
  }

  /**
   * Asking unforced kills nothing, and another token in the answer is proof that the former one is dead. Where WeChat
   * refuses to give any, to us or for now, the token itself must be tried: it needs neither secret nor address.
   */
  private async currentAtWechat(credentials: WechatCredentials): Promise<FreshToken | undefined> {
    try {
      return await this.wechat.stable(credentials);
    } catch (error) {
      if (error instanceof WechatRefused) return undefined;
      throw error;
    }
  }

  private async credentialsOf(app: App): Promise<WechatCredentials> {
    const secret = await this.apps.reveal(app, 'secret');
    if (secret === undefined) throw new Error(`The app ${app.appid} has no secret`);
    return { appid: app.appid, secret, proxy: await this.apps.reveal(app, 'forwardProxy') };
  }
}
