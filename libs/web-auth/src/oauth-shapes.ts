import { Flag, Openid, Part, type Said, Text, Texts, Unionid, Whole, saidOf } from '#api';
import { InLanguage } from '#user';
import type { WebProfile } from '#wechat';
import type { WebLogin } from './web-login.js';

/** A person who refused comes back without one, or with an empty one, which deserves an answer of its own. */
export const Code = (...said: Said): PropertyDecorator =>
  Text({
    optional: true,
    nullable: true,
    pattern: /^[\x21-\x7e]{0,512}$/,
    message: 'must be up to 512 printable characters without spaces',
    example: '0611AjGa1GqOBI0xgMHa1ewUsg11AjG7',
    ...saidOf(said),
  });

export class CodeExchangeRequest extends InLanguage {
  @Code(
    'What WeChat sent the person back with, or the login window gave (`wxgc_…`). Without one they refused: 400 `code_missing`',
  )
  code?: string | null;
}

/** A person as web authorisation shows them: WeChat's own fields. */
export class WebUserAnswer {
  @Openid() openid!: string;
  @Text({ example: '王小明' }) nickname!: string;
  @Whole('1 male, 2 female, 0 not told, as always since the end of 2021', { example: 0 }) sex!: number;
  @Text('Blank since the end of 2021', { example: '' }) province!: string;
  @Text('Blank since the end of 2021', { example: '' }) city!: string;
  @Text('Blank since the end of 2021', { example: '' }) country!: string;
  @Text(
    'Its last part is the size: 0 (640), 46, 64, 96 or 132. It dies when the person changes their picture; empty without one',
    { example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTL/132' },
  )
  headimgurl!: string;
  @Texts({ example: [] }) privilege!: string[];
  @Unionid({ nullable: true }) unionid!: string | null;
}

export class ExchangeAnswer {
  @Openid() openid!: string;
  @Unionid('The same for all apps of one open-platform account; null with `snsapi_base`, or where the app is bound to none', {
    nullable: true,
  })
  unionid!: string | null;
  @Text('What the person allowed', { example: 'snsapi_userinfo' }) scope!: string;
  @Flag('A made-up person: the page is shown as a snapshot. Bind nothing to them', { example: false }) is_snapshot_user!: boolean;
  @Part(WebUserAnswer, 'Null for `snsapi_base`; also where WeChat did not give it in time: ask `…/oauth/users/{openid}` again', {
    nullable: true,
  })
  user!: WebUserAnswer | null;
}

export class AuthorizationStanding {
  @Flag({ example: true }) valid!: boolean;
}

export const webUserAnswer = (profile: WebProfile): WebUserAnswer => ({
  openid: profile.openid,
  nickname: profile.nickname,
  sex: profile.sex,
  province: profile.province,
  city: profile.city,
  country: profile.country,
  headimgurl: profile.headimgurl,
  privilege: [...profile.privilege],
  unionid: profile.unionid,
});

export const exchangeAnswer = (login: WebLogin): ExchangeAnswer => ({
  openid: login.openid,
  unionid: login.unionid,
  scope: login.scope,
  is_snapshot_user: login.isSnapshot,
  user: login.profile && webUserAnswer(login.profile),
});
