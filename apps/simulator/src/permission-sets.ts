import { type AppKind } from './apps.js';
import { type PlatformAuthorization } from './platform-authorizations.js';
import { Refusal } from './refusal.js';

type SetOf = Partial<Record<AppKind, number>>;

const messages: SetOf = { official_account: 1, mini_program: 19 };
const users: SetOf = { official_account: 2 };
const service: SetOf = { official_account: 3, mini_program: 18 };
const web: SetOf = { official_account: 4 };
const notices: SetOf = { official_account: 7, mini_program: 18 };
const menus: SetOf = { official_account: 15 };
const miniProgram: SetOf = { mini_program: 18 };

/**
 * The permission set that each call belongs to; a call that is not here needs none. Ids are those of func_info.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/third_party_authority_instructions.html
 */
const setOfCall: ReadonlyMap<string, SetOf> = new Map([
  ['/cgi-bin/message/custom/send', messages],
  ['/cgi-bin/message/custom/typing', messages],
  ['/cgi-bin/user/info', users],
  ['/cgi-bin/user/info/batchget', users],
  ['/cgi-bin/user/info/updateremark', users],
  ['/cgi-bin/user/get', users],
  ['/cgi-bin/qrcode/create', service],
  ['/cgi-bin/ticket/getticket', web],
  ['/connect/oauth2/authorize', web],
  ['/sns/oauth2/component/access_token', web],
  ['/sns/oauth2/component/refresh_token', web],
  ['/cgi-bin/message/template/send', notices],
  ['/cgi-bin/template/get_all_private_template', notices],
  ['/cgi-bin/template/api_add_template', notices],
  ['/cgi-bin/template/del_private_template', notices],
  ['/wxaapi/newtmpl/gettemplate', notices],
  ['/cgi-bin/message/subscribe/send', notices],
  ['/cgi-bin/message/subscribe/bizsend', notices],
  ['/cgi-bin/menu/create', menus],
  ['/cgi-bin/menu/get', menus],
  ['/cgi-bin/menu/delete', menus],
  ['/sns/component/jscode2session', miniProgram],
  ['/wxa/business/getuserphonenumber', miniProgram],
  ['/wxa/checksession', miniProgram],
  ['/wxa/resetusersessionkey', miniProgram],
  ['/wxa/getwxacode', miniProgram],
  ['/wxa/getwxacodeunlimit', miniProgram],
  ['/cgi-bin/wxaapp/createwxaqrcode', miniProgram],
  ['/wxa/generate_urllink', miniProgram],
  ['/wxa/generatescheme', miniProgram],
  ['/wxa/genwxashortlink', miniProgram],
]);

export function hasPermission({ app, permissionSets }: PlatformAuthorization, path: string): boolean {
  const needed = setOfCall.get(path)?.[app.kind];
  return needed === undefined || permissionSets.includes(needed);
}

export function checkPermission(authorization: PlatformAuthorization, path: string): void {
  if (!hasPermission(authorization, path)) throw new Refusal(61007);
}

/** Ids from 17 on are for mini programs. */
export const setsFor = (kind: AppKind, asked: readonly number[]): number[] =>
  asked.filter((id) => (kind === 'mini_program' ? id >= 17 : id < 17));
