import { Injectable } from '@nestjs/common';
import type { CallingApp, WechatCredentials } from './wechat-app.js';
import { WechatRefused } from './wechat-errors.js';
import { type CallWatch, WechatHttp } from './wechat-http.js';

export interface ApiQuota {
  readonly dailyLimit: number;
  readonly used: number;
  readonly remaining: number;
}

/** The API is not there, or its calls are not counted for this account. */
const uncounted = [76003, 76021, 76022];

/** https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html */
@Injectable()
export class WechatQuotaApi {
  constructor(private readonly http: WechatHttp) {}

  /** What WeChat counts of one of its APIs; it may be off by one in a hundred. Null where it counts nothing. */
  async get({ appid, proxy, accessToken }: CallingApp, path: string): Promise<ApiQuota | null> {
    const query = { access_token: accessToken };
    try {
      const answer = await this.http.call({ appid, proxy, path: '/cgi-bin/openapi/quota/get', query, body: { cgi_path: path } });
      const quota = answer.object('quota');
      return quota && { dailyLimit: quota.number('daily_limit'), used: quota.number('used'), remaining: quota.number('remain') };
    } catch (error) {
      if (error instanceof WechatRefused && uncounted.includes(error.refusal.errcode)) return null;
      throw error;
    }
  }

  /** All APIs of the app. With the secret, since an app whose token quota is used up could not call the other form. */
  async clear({ appid, secret, proxy }: WechatCredentials): Promise<void> {
    const body = { appid, appsecret: secret };
    await this.http.call({ appid, proxy, path: '/cgi-bin/clear_quota/v2', body, tradesSecret: true });
  }

  /** The same for an account whose secret only its owner has. */
  async clearByToken({ appid, proxy, accessToken }: CallingApp): Promise<void> {
    const query = { access_token: accessToken };
    await this.http.call({ appid, proxy, path: '/cgi-bin/clear_quota', query, body: { appid } });
  }

  /** Every call to WeChat, as it is made. */
  watch(watch: CallWatch): void {
    this.http.watch(watch);
  }
}
