import { Injectable } from '@nestjs/common';
import type { CallingApp } from './wechat-app.js';
import { WechatRefused } from './wechat-errors.js';
import { WechatHttp } from './wechat-http.js';

export type MenuButton = Readonly<Record<string, unknown>>;

const noMenu = 46003;

/** https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html */
@Injectable()
export class WechatMenuApi {
  constructor(private readonly http: WechatHttp) {}

  /** Undefined where the account has none that was made by a call. */
  async get(app: CallingApp): Promise<readonly MenuButton[] | undefined> {
    try {
      const menu = (await this.http.call(callOf(app, '/cgi-bin/menu/get'))).whole('menu');
      const button = menu?.['button'];
      return Array.isArray(button) ? (button as MenuButton[]) : [];
    } catch (error) {
      if (error instanceof WechatRefused && error.refusal.errcode === noMenu) return undefined;
      throw error;
    }
  }

  async put(app: CallingApp, button: readonly MenuButton[]): Promise<void> {
    await this.http.call({ ...callOf(app, '/cgi-bin/menu/create'), body: { button } });
  }

  async remove(app: CallingApp): Promise<void> {
    await this.http.call(callOf(app, '/cgi-bin/menu/delete'));
  }
}

const callOf = ({ appid, proxy, accessToken }: CallingApp, path: string) => ({
  appid,
  proxy,
  path,
  query: { access_token: accessToken },
});
