import { Injectable } from '@nestjs/common';
import type { WechatAnswer } from './wechat-answer.js';
import type { CallingApp } from './wechat-app.js';
import { WechatHttp } from './wechat-http.js';

/** A message in WeChat's own fields, as its pages describe them. */
export type WechatMessage = Readonly<Record<string, unknown>>;

const sentBefore = 45065;

/**
 * Messages to people. The three kinds have little in common but that they are sent: only a template message is told
 * from its repeats.
 */
@Injectable()
export class WechatMessageApi {
  constructor(private readonly http: WechatHttp) {}

  /**
   * Answers the msgid: of the first one, where this client_msg_id came before within ten minutes.
   * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
   */
  async sendTemplate(app: CallingApp, message: WechatMessage): Promise<string | null> {
    return (await this.send(app, '/cgi-bin/message/template/send', message, [sentBefore])).digits('msgid');
  }

  /** Of a mini program. WeChat's pages disagree on whether it tells a msgid. */
  async sendSubscribe(app: CallingApp, message: WechatMessage): Promise<string | null> {
    return (await this.send(app, '/cgi-bin/message/subscribe/send', message)).digits('msgid');
  }

  /** Of an official account. */
  async sendSubscribeOfOfficialAccount(app: CallingApp, message: WechatMessage): Promise<string | null> {
    return (await this.send(app, '/cgi-bin/message/subscribe/bizsend', message)).digits('msgid');
  }

  /** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
  async sendCustomer(app: CallingApp, message: WechatMessage): Promise<string | null> {
    return (await this.send(app, '/cgi-bin/message/custom/send', message)).digits('msgid');
  }

  private send(
    { appid, proxy, accessToken }: CallingApp,
    path: string,
    body: WechatMessage,
    answers: readonly number[] = [],
  ): Promise<WechatAnswer> {
    return this.http.call({ appid, proxy, path, query: { access_token: accessToken }, body, answers });
  }
}
