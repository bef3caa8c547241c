import { permissionSets } from '../permission-sets.js';
import type { WechatAnswer } from '../wechat-answer.js';
import { declared } from '../wechat-call.js';
import { CodeInvalid, ConsentEnded } from '../wechat-errors.js';

// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html

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

const permissionSet = permissionSets.webServices;

/** Of an app that a platform speaks for: https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Official_Accounts/official_account_website_authorization.html */
export const exchangeCode = declared('GET', '/sns/oauth2/access_token', 'proving', {
  platformPath: '/sns/oauth2/component/access_token',
  permissionSet,
  takes: (code: string) => ({ code, grant_type: 'authorization_code' }),
  gives: (answer): FreshGrant => ({
    ...tokensOf(answer),
    unionid: answer.optionalText('unionid'),
    isSnapshot: answer.number('is_snapshotuser') === 1,
  }),
});

/** Who holds the refresh token may use it. WeChat may answer with another one, which replaces it. */
export const refreshGrant = declared('GET', '/sns/oauth2/refresh_token', 'proving', {
  platformPath: '/sns/oauth2/component/refresh_token',
  needsNoSecret: true,
  permissionSet,
  takes: (refreshToken: string) => ({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  gives: tokensOf,
  // One of WeChat's two pages calls a refresh token that has ended an invalid code.
  refused: (error) => {
    throw error instanceof CodeInvalid ? new ConsentEnded(error.api, error.refusal) : error;
  },
});

export const readProfile = declared('GET', '/sns/userinfo', 'person', {
  takes: (language: Language) => ({ lang: language }),
  gives: (answer): WebProfile => ({
    openid: answer.text('openid'),
    unionid: answer.optionalText('unionid'),
    nickname: answer.optionalText('nickname') ?? '',
    sex: answer.number('sex'),
    province: answer.optionalText('province') ?? '',
    city: answer.optionalText('city') ?? '',
    country: answer.optionalText('country') ?? '',
    headimgurl: answer.optionalText('headimgurl') ?? '',
    privilege: answer.texts('privilege'),
  }),
});

/** Throws where WeChat no longer takes the token for this person. */
export const proveGrant = declared('GET', '/sns/auth', 'person');

function tokensOf(answer: WechatAnswer): GrantedTokens {
  return {
    openid: answer.text('openid'),
    accessToken: answer.text('access_token'),
    lifetimeSeconds: answer.lifetime('expires_in'),
    refreshToken: answer.text('refresh_token'),
    scope: answer.text('scope'),
  };
}
