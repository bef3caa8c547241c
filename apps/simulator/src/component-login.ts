import { type App } from './apps.js';
import { PageError } from './page-error.js';
import { give, type Given } from './authorization-events.js';
import { setsFor } from './permission-sets.js';
import { isOnDomain, type Platform } from './platforms.js';
import { type World } from './world.js';

export const loginPages = {
  desktop: '/cgi-bin/componentloginpage',
  phone: '/wxaopen/safe/bindcomponent',
  olderPhone: '/safe/bindcomponent',
} as const;

export interface ComponentLogin {
  readonly platform: Platform;
  readonly preAuthCode: string;
  readonly redirectUri: string;
  /** Accounts whose administrators may agree on this page. */
  readonly candidates: readonly App[];
  /** The sets that the page proposes; empty: all that the platform asks for. */
  readonly categories: readonly number[];
}

const kindsOf: Readonly<Record<string, readonly App['kind'][]>> = {
  '': ['official_account', 'mini_program'],
  '1': ['official_account'],
  '2': ['mini_program'],
  '3': ['official_account', 'mini_program'],
  '4': [],
  '5': [],
  '6': ['official_account', 'mini_program'],
  '8': [],
};

/**
 * Reads the address of an authorisation page. The desktop page looks where it was opened from.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html
 */
export function readComponentLogin(world: World, address: { path: string; rawQuery: string; referer: string }): ComponentLogin {
  const query = new URLSearchParams(address.rawQuery);
  const platform = world.platforms.get(query.get('component_appid') ?? '');
  if (!platform) throw new PageError(null, 'component_appid 参数错误');
  if (platform.isFrozen) throw new PageError(null, '该第三方平台已被封禁');
  if (address.path === loginPages.desktop && !isOnDomain(platform, address.referer)) {
    throw new PageError(null, '请确认授权入口页所在域名，与授权后回调页所在域名相同，并且此两者都在登记的授权发起页域名内');
  }
  if (address.path !== loginPages.desktop && query.get('action') !== 'bindcomponent') throw new PageError(null, '链接无效');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!isOnDomain(platform, redirectUri)) throw new PageError(null, '回调页域名与登记的授权发起页域名不一致');
  const preAuthCode = query.get('pre_auth_code') ?? '';
  world.preAuthCodes.check(platform, preAuthCode);
  const categories = numbersIn(query.get('category_id_list') ?? '');
  return { platform, preAuthCode, redirectUri, candidates: candidatesOf(world, query), categories };
}

/** `biz_appid` limits the page to one account and wins over `auth_type`. */
function candidatesOf(world: World, query: URLSearchParams): App[] {
  const accounts = [...world.apps.values()].filter(({ kind }) => kind !== 'website');
  const named = query.get('biz_appid') ?? '';
  if (named !== '') return accounts.filter(({ appid }) => appid === named);
  const type = query.get('auth_type') ?? '';
  const kinds = Object.hasOwn(kindsOf, type) ? kindsOf[type] : undefined;
  if (!kinds) throw new PageError(null, 'auth_type 参数错误');
  return accounts.filter(({ kind }) => kinds.includes(kind));
}

const numbersIn = (list: string): number[] =>
  list
    .split('|')
    .filter((one) => /^\d{1,4}$/.test(one))
    .map(Number);

export const proposedSets = (login: ComponentLogin, app: App): number[] =>
  setsFor(app.kind, login.platform.permissionSets).filter((id) => login.categories.length === 0 || login.categories.includes(id));

/** The administrator agrees: what the platform gets, by the browser and by a push. */
export function agree(
  world: World,
  login: ComponentLogin,
  wanted: { app: App; sets: readonly number[]; withhold?: boolean | undefined },
): Given & { readonly location: string } {
  const { platform, preAuthCode, redirectUri } = login;
  if (!login.candidates.includes(wanted.app)) throw new PageError(null, '该帐号不在可授权的范围内');
  world.preAuthCodes.use(platform, preAuthCode);
  const given = give(world, platform, { ...wanted, preAuthCode });
  const answer = new URLSearchParams({ auth_code: given.code, expires_in: String(given.expiresIn) }).toString();
  const [address = '', ...fragment] = redirectUri.split('#');
  const location = [`${address}${address.includes('?') ? '&' : '?'}${answer}`, ...fragment].join('#');
  return { ...given, location };
}
