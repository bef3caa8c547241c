import { type App, mayRedirectTo } from './apps.js';
import { hasPermission } from './permission-sets.js';
import { PageError } from './page-error.js';
import { isOnDomain, type Platform } from './platforms.js';
import { type Scope } from './oauth-grants.js';
import { type Person } from './people.js';
import { type World } from './world.js';

export interface Authorization {
  readonly app: App;
  readonly redirectUri: string;
  readonly scope: Scope;
  readonly state: string;
  /** The third-party platform that asks in the name of the app. */
  readonly platform: Platform | undefined;
}

const order = ['appid', 'redirect_uri', 'response_type', 'scope', 'state', 'component_appid'];
const scopesOf = {
  official_account: ['snsapi_base', 'snsapi_userinfo'],
  website: ['snsapi_login'],
  mini_program: [],
} as const;

/**
 * Reads the address of an authorise page as strictly as WeChat does: the page is matched by a pattern, so the same
 * parameters in another order are another address, and not one that exists.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html#0
 */
export function readAuthorization(world: World, rawQuery: string, options: { orderMatters: boolean }): Authorization {
  const names = rawQuery.split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  const known = names.filter((name) => order.includes(name));
  const inOrder =
    order.filter((name) => known.includes(name)).join() === known.join() && names.slice(0, known.length).join() === known.join();
  if (options.orderMatters && !inOrder) throw new PageError(null, '该链接无法访问');
  const query = new URLSearchParams(rawQuery);
  const app = world.apps.get(present(query, 'appid', 10012, 'appid 为空'));
  if (!app) throw new PageError(null, 'AppID 参数错误');
  const redirectUri = present(query, 'redirect_uri', 10011, 'redirect_uri 为空');
  const scope = present(query, 'scope', 10010, 'scope 为空');
  if (query.get('response_type') !== 'code') throw new PageError(null, 'response_type 参数错误');
  if (app.authorizerIsFrozen) throw new PageError(10004, '该公众号已被封禁');
  const allowed: readonly Scope[] = app.verified ? scopesOf[app.kind] : [];
  const granted = allowed.find((one) => one === scope);
  if (!granted) throw new PageError(10005, 'Scope 参数错误或没有 Scope 权限');
  const platform = platformIn(world, query, app);
  const mayReturn = platform ? isOnDomain(platform, redirectUri) : mayRedirectTo(app, redirectUri);
  if (!mayReturn) throw new PageError(10003, 'redirect_uri 域名与后台配置不一致');
  const state = query.get('state') ?? '';
  if (world.switches.authorize_strict_state && !/^[a-zA-Z0-9]{0,128}$/.test(state)) throw new PageError(null, 'state 参数错误');
  return { app, redirectUri, scope: granted, state, platform };
}

/** Where the browser goes once the person has decided; undefined when it stays, as some say it does after a refusal. */
export function decide(
  world: World,
  asked: Authorization,
  choice: { person: Person; allows: boolean },
): { location: string; code: string | undefined } | undefined {
  if (!choice.allows && world.switches.denial === 'stay') return undefined;
  const code = choice.allows ? world.grants.issueCode(asked, choice.person) : undefined;
  const answer = new URLSearchParams({ ...(code === undefined ? {} : { code }), state: asked.state });
  // Whoever works for many accounts is told which of them this is about.
  if (asked.platform) answer.set('appid', asked.app.appid);
  const [address = '', ...fragment] = asked.redirectUri.split('#');
  const location = [`${address}${address.includes('?') ? '&' : '?'}${answer.toString()}`, ...fragment].join('#');
  return { location, code };
}

function platformIn(world: World, query: URLSearchParams, app: App): Platform | undefined {
  const appid = query.get('component_appid');
  if (!appid) return undefined;
  const platform = world.platforms.get(appid);
  const authorization = platform && world.authorizations.find(platform, app.appid);
  if (!authorization || platform.isFrozen) throw new PageError(10015, '公众号未授权第三方平台');
  if (!hasPermission(authorization, '/connect/oauth2/authorize')) throw new PageError(10005, 'Scope 参数错误或没有 Scope 权限');
  return platform;
}

function present(query: URLSearchParams, name: string, number: number, message: string): string {
  const value = query.get(name);
  if (!value) throw new PageError(number, message);
  return value;
}
