import { Injectable } from '@nestjs/common';
import type { WechatAnswer } from './wechat-answer.js';
import { type ProvingApp, type WechatApp, proofOf } from './wechat-app.js';
import { CodeInvalid, ConsentEnded } from './wechat-errors.js';
import { WechatHttp } from './wechat-http.js';

/** What a person allowed: the tokens that stand for it. */
export interface GrantedTokens {
  readonly openid: string;
  readonly accessToken: string;
  readonly lifetimeSeconds: number;
  readonly refreshToken: string;
  /** Comma-separated, as WeChat writes it. */
  readonly scope: string;
}

export interface FreshGrant extends GrantedTokens {
  readonly unionid: string | null;
  /** The person looks at a read-only snapshot of the page: all that is told of them is made up. */
  readonly isSnapshot: boolean;
}

/** A person as web authorisation shows them. */
export interface WebProfile {
  readonly openid: string;
  readonly unionid: string | null;
  readonly nickname: string;
  readonly sex: number;
  readonly province: string;
  readonly city: string;
  readonly country: string;
  readonly headimgurl: string;
  readonly privilege: readonly string[];
}

export const languages = ['zh_CN', 'zh_TW', 'en'] as const;
export type Language = (typeof languages)[number];

interface OfPerson extends WechatApp {
  readonly openid: string;
  readonly accessToken: string;
}

/** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
@Injectable()
export class WechatOauthApi {
  constructor(private readonly http: WechatHttp) {}

  /** Of an app that a platform speaks for: https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Official_Accounts/official_account_website_authorization.html */
  async exchange(app: ProvingApp, code: string): Promise<FreshGrant> {
    const { appid, proxy } = app;
    const query = { appid, code, grant_type: 'authorization_code', ...proofOf(app) };
    const isOwn = 'secret' in app;
    const path = isOwn ? '/sns/oauth2/access_token' : '/sns/oauth2/component/access_token';
    const answer = await this.http.call({ appid, proxy, path, query, tradesSecret: isOwn });
    return { ...tokensOf(answer), unionid: answer.optionalText('unionid'), isSnapshot: answer.number('is_snapshotuser') === 1 };
  }

  /** Without the secret: who holds the refresh token may use it. WeChat may answer with another one, which replaces it. */
  async refresh(app: ProvingApp, refreshToken: string): Promise<GrantedTokens> {
    const { appid, proxy } = app;
    const isOwn = 'secret' in app;
    const path = isOwn ? '/sns/oauth2/refresh_token' : '/sns/oauth2/component/refresh_token';
    const query = { appid, grant_type: 'refresh_token', refresh_token: refreshToken, ...(!isOwn && proofOf(app)) };
    try {
      return tokensOf(await this.http.call({ appid, proxy, path, query }));
    } catch (error) {
      // One of WeChat's two pages calls a refresh token that has ended an invalid code.
      throw error instanceof CodeInvalid ? new ConsentEnded(error.api, error.refusal) : error;
    }
  }

  async profile({ appid, proxy, openid, accessToken }: OfPerson, language: Language): Promise<WebProfile> {
    const query = { access_token: accessToken, openid, lang: language };
    const answer = await this.http.call({ appid, proxy, path: '/sns/userinfo', query });
    return {
      openid: answer.text('openid'),
      unionid: answer.optionalText('unionid'),
      nickname: answer.optionalText('nickname') ?? '',
      sex: answer.number('sex'),
      province: answer.optionalText('province') ?? '',
      city: answer.optionalText('city') ?? '',
      country: answer.optionalText('country') ?? '',
      headimgurl: answer.optionalText('headimgurl') ?? '',
      privilege: answer.texts('privilege'),
    };
  }

  /** Throws where WeChat no longer takes the token for this person. */
  async prove({ appid, proxy, openid, accessToken }: OfPerson): Promise<void> {
    await this.http.call({ appid, proxy, path: '/sns/auth', query: { access_token: accessToken, openid } });
  }
}

const tokensOf = (answer: WechatAnswer): GrantedTokens => ({
  openid: answer.text('openid'),
  accessToken: answer.text('access_token'),
  lifetimeSeconds: answer.lifetime('expires_in'),
  refreshToken: answer.text('refresh_token'),
  scope: answer.text('scope'),
});
