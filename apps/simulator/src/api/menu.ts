import { type Call } from '../call.js';
import { type App } from '../apps.js';
import { type Endpoint, json, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';
import { type Json } from '../wire-json.js';

type Button = Readonly<Record<string, unknown>>;

/** What each type of button wants besides its name. */
const wants: Readonly<Record<string, readonly string[]>> = {
  click: ['key'],
  view: ['url'],
  scancode_push: ['key'],
  scancode_waitmsg: ['key'],
  pic_sysphoto: ['key'],
  pic_photo_or_album: ['key'],
  pic_weixin: ['key'],
  location_select: ['key'],
  media_id: ['media_id'],
  article_id: ['article_id'],
  article_view_limited: ['article_id'],
  view_limited: ['media_id'],
  miniprogram: ['url', 'appid', 'pagepath'],
};

/** https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html */
export const menuCreate: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/menu/create',
  caller: 'token',
  dayLimit: { normal: 1000, sandbox: 100 },
  answer(call, app) {
    mustHaveMenus(app);
    const body = call.json();
    checkButtons(body['button'], { most: 3, longestName: 16, isSub: false });
    call.world.menus.set(app.appid, body as Json);
    return ok(call);
  },
};

export const menuGet: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/menu/get',
  caller: 'token',
  dayLimit: { normal: 10_000, sandbox: 1000 },
  answer(call, app) {
    mustHaveMenus(app);
    return json(call, { menu: menuOf(call, app) });
  },
};

export const menuDelete: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/menu/delete',
  caller: 'token',
  dayLimit: { normal: 1000, sandbox: 100 },
  answer(call, app) {
    mustHaveMenus(app);
    call.world.menus.delete(app.appid);
    return ok(call);
  },
};

function menuOf(call: Call, app: App): Json {
  const menu = call.world.menus.get(app.appid);
  if (menu === undefined) throw new Refusal(46003);
  return menu;
}

function mustHaveMenus(app: App): void {
  if (app.kind !== 'official_account') throw new Refusal(48001);
}

function checkButtons(buttons: unknown, rule: { most: number; longestName: number; isSub: boolean }): void {
  const { most, longestName, isSub } = rule;
  if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > most) throw new Refusal(isSub ? 40023 : 40016);
  for (const button of buttons as Button[]) {
    const name = button['name'];
    if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > longestName)
      throw new Refusal(isSub ? 40025 : 40018);
    const inner = button['sub_button'];
    if (!isSub && Array.isArray(inner) && inner.length > 0) checkButtons(inner, { most: 5, longestName: 60, isSub: true });
    else checkAction(button, isSub);
  }
}

function checkAction(button: Button, isSub: boolean): void {
  const type = String(button['type']);
  const fields = Object.hasOwn(wants, type) ? wants[type] : undefined;
  if (!fields) throw new Refusal(isSub ? 40024 : 40017);
  for (const field of fields) {
    const value = button[field];
    const longest = field === 'key' ? 128 : 1024;
    if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= longest) continue;
    throw new Refusal({ key: isSub ? 40026 : 40019, url: isSub ? 40027 : 40020 }[field] ?? 40097);
  }
}
