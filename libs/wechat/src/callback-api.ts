import { Injectable } from '@nestjs/common';
import type { CallingApp } from './wechat-app.js';
import { WechatHttp } from './wechat-http.js';

/** https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html */
@Injectable()
export class WechatCallbackApi {
  constructor(private readonly http: WechatHttp) {}

  /** The addresses, and ranges of them, that pushes come from. */
  async addresses({ appid, proxy, accessToken }: CallingApp): Promise<string[]> {
    const path = '/cgi-bin/getcallbackip';
    const answer = await this.http.call({ appid, proxy, path, query: { access_token: accessToken } });
    return answer.texts('ip_list');
  }
}
