import { Injectable } from '@nestjs/common';
import type { CallingApp } from './wechat-app.js';
import { WechatHttp } from './wechat-http.js';

export interface QrCodeOrder {
  /** An integer or a text: each has codes of its own. */
  readonly scene: number | string;
  /** Null: permanent. */
  readonly lifetimeSeconds: number | null;
}

export interface IssuedQrCode {
  readonly ticket: string;
  /** What the image says. */
  readonly url: string;
}

/** https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html */
@Injectable()
export class WechatQrCodeApi {
  constructor(private readonly http: WechatHttp) {}

  async create({ appid, proxy, accessToken }: CallingApp, { scene, lifetimeSeconds }: QrCodeOrder): Promise<IssuedQrCode> {
    const isNumber = typeof scene === 'number';
    const limit = lifetimeSeconds === null ? 'LIMIT_' : '';
    const answer = await this.http.call({
      appid,
      proxy,
      path: '/cgi-bin/qrcode/create',
      query: { access_token: accessToken },
      body: {
        ...(lifetimeSeconds !== null && { expire_seconds: lifetimeSeconds }),
        action_name: `QR_${limit}${isNumber ? '' : 'STR_'}SCENE`,
        action_info: { scene: isNumber ? { scene_id: scene } : { scene_str: scene } },
      },
    });
    return { ticket: answer.text('ticket'), url: answer.text('url') };
  }
}

/** WeChat's own picture of a code; it needs no credential. */
export const qrImageUrl = (origin: string, ticket: string): string =>
  `${origin}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`;
