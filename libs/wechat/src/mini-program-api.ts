import { Injectable } from '@nestjs/common';
import type { WechatPicture } from './picture.js';
import { type CallingApp, type ProvingApp, proofOf } from './wechat-app.js';
import { WechatGarbled } from './wechat-errors.js';
import { WechatHttp } from './wechat-http.js';

export interface MiniLogin {
  readonly sessionKey: string;
  readonly openid: string;
  readonly unionid: string | null;
}

export interface PhoneNumber {
  readonly phoneNumber: string;
  readonly purePhoneNumber: string;
  readonly countryCode: string;
}

export type CodeKind = 'limited' | 'unlimited' | 'legacy';
export type LinkKind = 'url_link' | 'scheme' | 'short_link';
export type WechatParameters = Readonly<Record<string, unknown>>;

const codePaths: Record<CodeKind, string> = {
  limited: '/wxa/getwxacode',
  unlimited: '/wxa/getwxacodeunlimit',
  legacy: '/cgi-bin/wxaapp/createwxaqrcode',
};

const linkPaths: Record<LinkKind, { readonly path: string; readonly name: string }> = {
  url_link: { path: '/wxa/generate_urllink', name: 'url_link' },
  scheme: { path: '/wxa/generatescheme', name: 'openlink' },
  short_link: { path: '/wxa/genwxashortlink', name: 'link' },
};

/** What the back end of a mini program asks. https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/ */
@Injectable()
export class WechatMiniProgramApi {
  constructor(private readonly http: WechatHttp) {}

  /** With the secret, since no token is involved; or with the token of the platform that speaks for the mini program. */
  async login(app: ProvingApp, code: string): Promise<MiniLogin> {
    const { appid, proxy } = app;
    const isOwn = 'secret' in app;
    const path = isOwn ? '/sns/jscode2session' : '/sns/component/jscode2session';
    const query = { appid, js_code: code, grant_type: 'authorization_code', ...proofOf(app) };
    const answer = await this.http.call({ appid, proxy, path, query, tradesSecret: isOwn });
    return {
      sessionKey: answer.text('session_key'),
      openid: answer.text('openid'),
      unionid: answer.optionalText('unionid'),
    };
  }

  /** The code of the phone button, which is not the one of the login. */
  async phoneNumber({ appid, proxy, accessToken }: CallingApp, code: string): Promise<PhoneNumber> {
    const path = '/wxa/business/getuserphonenumber';
    const answer = await this.http.call({ appid, proxy, path, query: { access_token: accessToken }, body: { code } });
    const info = answer.object('phone_info');
    if (info?.object('watermark')?.optionalText('appid') !== appid) throw new WechatGarbled(path, 'a number for another app');
    return {
      phoneNumber: info.text('phoneNumber'),
      purePhoneNumber: info.text('purePhoneNumber'),
      countryCode: info.text('countryCode'),
    };
  }

  code({ appid, proxy, accessToken }: CallingApp, kind: CodeKind, parameters: WechatParameters): Promise<WechatPicture> {
    return this.http.picture({ appid, proxy, path: codePaths[kind], query: { access_token: accessToken }, body: parameters });
  }

  async link({ appid, proxy, accessToken }: CallingApp, kind: LinkKind, parameters: WechatParameters): Promise<string> {
    const { path, name } = linkPaths[kind];
    return (await this.http.call({ appid, proxy, path, query: { access_token: accessToken }, body: parameters })).text(name);
  }
}
