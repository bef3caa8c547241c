import { Injectable } from '@nestjs/common';
import type { CallingApp, WechatApp, WechatCredentials } from './wechat-app.js';
import { TokenRefused } from './wechat-errors.js';
import { WechatHttp } from './wechat-http.js';

export interface FreshToken {
  readonly value: string;
  readonly lifetimeSeconds: number;
}

/** What WeChat issues to an app itself. */
@Injectable()
export class WechatTokenApi {
  constructor(private readonly http: WechatHttp) {}

  /**
   * One token for everybody who asks, until its last five minutes; forced, a new one at once.
   * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html
   */
  async stable({ appid, secret, proxy }: WechatCredentials, { forced = false } = {}): Promise<FreshToken> {
    const answer = await this.http.call({
      appid,
      proxy,
      path: '/cgi-bin/stable_token',
      body: { grant_type: 'client_credential', appid, secret, force_refresh: forced },
      tradesSecret: true,
    });
    return { value: answer.text('access_token'), lifetimeSeconds: answer.lifetime('expires_in') };
  }

  /**
   * A new token at every call; the one before lives five minutes more.
   * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html
   */
  async classic({ appid, secret, proxy }: WechatCredentials): Promise<FreshToken> {
    const query = { grant_type: 'client_credential', appid, secret };
    const answer = await this.http.call({ appid, proxy, path: '/cgi-bin/token', query, tradesSecret: true });
    return { value: answer.text('access_token'), lifetimeSeconds: answer.lifetime('expires_in') };
  }

  /** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html */
  async jsapiTicket({ appid, proxy, accessToken }: CallingApp): Promise<FreshToken> {
    const query = { access_token: accessToken, type: 'jsapi' };
    const answer = await this.http.call({ appid, proxy, path: '/cgi-bin/ticket/getticket', query });
    return { value: answer.text('ticket'), lifetimeSeconds: answer.lifetime('expires_in') };
  }

  /** Asks something harmless with a token, only to see whether WeChat still takes it. */
  async isAlive({ appid, proxy }: WechatApp, accessToken: string): Promise<boolean> {
    try {
      await this.http.call({ appid, proxy, path: '/cgi-bin/get_api_domain_ip', query: { access_token: accessToken } });
      return true;
    } catch (error) {
      if (error instanceof TokenRefused) return false;
      throw error;
    }
  }
}
