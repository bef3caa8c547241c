import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type App, Apps } from '#app';
import type { Sentence } from '#errors';
import { AccessTokens, AuthorizationLost, Credentials, type Issued, type Issuer, type RenewalWindow, type Verdict } from '#token';
import {
  type RefreshedAuthorization,
  WechatHttp,
  describeAuthorizer,
  isNotAuthorized,
  isRefreshTokenVoid,
  refreshAuthorization,
  tryAppToken,
} from '#wechat';
import { authorizerTokenKind, tokenWindow } from './credential-kinds.js';
import { type HeldAuthorization, RefreshTokens } from './refresh-tokens.js';

/** The token by which an authorizer is called through its platform, got with the authorizer's refresh token. */
@Injectable()
export class AuthorizerTokenIssuer implements Issuer, OnModuleInit {
  readonly kind = authorizerTokenKind;

  constructor(
    private readonly credentials: Credentials,
    private readonly tokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly apps: Apps,
    private readonly wechat: WechatHttp,
  ) {}

  onModuleInit(): void {
    this.credentials.register(this);
    this.tokens.registerKind(this.kind, 'authorizer');
  }

  whyNot({ kind }: App): Sentence | undefined {
    return kind === 'authorizer' ? undefined : { en: `a ${kind} speaks for itself`, zh: `类型为 ${kind} 的应用由自己调用微信` };
  }

  /** Also where it is lost: the clock alone asks WeChat again, once an hour. */
  async mustBeReady({ appid }: App): Promise<void> {
    const { isLost } = await this.refreshTokens.speaking(appid);
    if (isLost) throw new AuthorizationLost(appid);
  }

  window(): RenewalWindow {
    return tokenWindow;
  }

  async issue({ appid }: App): Promise<Issued> {
    const held = await this.refreshTokens.speaking(appid);
    try {
      return this.issued(held, await this.refresh(held));
    } catch (error) {
      if (isNotAuthorized(error)) await this.refreshTokens.lose(held);
      if (!isRefreshTokenVoid(error)) throw error;
      const other = await this.healed(held, error);
      return this.issued(other, await this.refresh(other));
    }
  }

  async examine(app: App, value: string): Promise<Verdict> {
    const caller = { appid: app.appid, proxy: await this.apps.wayOutOf(app), accessToken: value };
    return { alive: await this.wechat.call(tryAppToken, caller) };
  }

  replace(app: App): Promise<Issued> {
    return this.issue(app);
  }

  private refresh({ appid, platform, refreshToken }: HeldAuthorization): Promise<RefreshedAuthorization> {
    return this.tokens.call(refreshAuthorization, platform, appid, refreshToken);
  }

  private issued(used: HeldAuthorization, { access, refreshToken }: RefreshedAuthorization): Issued {
    return {
      ...access,
      alongside: (transaction) => this.refreshTokens.keepRefreshed(transaction, used, refreshToken),
    };
  }

  /** An answer of WeChat was lost with a newer refresh token in it: WeChat names the current one, if it still speaks with us. */
  private async healed(held: HeldAuthorization, refused: Error): Promise<HeldAuthorization> {
    const { refreshToken } = await this.tokens
      .call(describeAuthorizer, held.platform, held.appid)
      .catch(async (error: unknown) => {
        if (isNotAuthorized(error)) await this.refreshTokens.lose(held);
        throw error;
      });
    if (refreshToken !== null && refreshToken !== held.refreshToken) return this.refreshTokens.takeInstead(held, refreshToken);
    await this.refreshTokens.lose(held);
    throw new AuthorizationLost(held.appid, { cause: refused });
  }
}
