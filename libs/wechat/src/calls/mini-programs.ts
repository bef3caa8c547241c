import type { CallFacts } from '../call-facts.js';
import { quotaOfMinute } from '../errcodes.js';
import { type WechatParameters, declared } from '../wechat-call.js';

// What the back end of a mini program asks: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/

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

const asTheyAre = (parameters: WechatParameters): WechatParameters => parameters;

export const loginToMiniProgram = declared('GET', '/sns/jscode2session', 'proving', {
  platformPath: '/sns/component/jscode2session',
  takes: (code: string) => ({ js_code: code, grant_type: 'authorization_code' }),
  gives: (answer): MiniLogin => ({
    sessionKey: answer.text('session_key'),
    openid: answer.text('openid'),
    unionid: answer.optionalText('unionid'),
  }),
});

/** By the code of the phone button, which is not the one of the login. */
export const readPhoneNumber = declared('POST', '/wxa/business/getuserphonenumber', 'app', {
  takes: (code: string) => ({ code }),
  gives: (answer, { appid }): PhoneNumber => {
    const info = answer.object('phone_info');
    if (info?.object('watermark')?.optionalText('appid') !== appid) throw answer.garbled('a number for another app');
    return {
      phoneNumber: info.text('phoneNumber'),
      purePhoneNumber: info.text('purePhoneNumber'),
      countryCode: info.text('countryCode'),
    };
  },
});

const code = (path: string, errcodes?: CallFacts['errcodes']) =>
  declared('POST', path, 'app', { errcodes, takes: asTheyAre, picture: (picture) => picture });

export const miniProgramCodes = {
  limited: code('/wxa/getwxacode'),
  unlimited: code(
    '/wxa/getwxacodeunlimit',
    new Map([
      [
        45009,
        quotaOfMinute(
          'five thousand of these codes a minute are the most; wait a minute',
          '这种码每分钟最多生成五千个，请等一分钟',
        ),
      ],
    ]),
  ),
  legacy: code('/cgi-bin/wxaapp/createwxaqrcode'),
};

export type CodeKind = keyof typeof miniProgramCodes;

const link = (path: string, name: string) =>
  declared('POST', path, 'app', { takes: asTheyAre, gives: (answer) => answer.text(name) });

export const miniProgramLinks = {
  url_link: link('/wxa/generate_urllink', 'url_link'),
  scheme: link('/wxa/generatescheme', 'openlink'),
  short_link: link('/wxa/genwxashortlink', 'link'),
};

export type LinkKind = keyof typeof miniProgramLinks;
