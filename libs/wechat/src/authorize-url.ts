export const webScopes = ['snsapi_base', 'snsapi_userinfo', 'snsapi_login'] as const;
export type WebScope = (typeof webScopes)[number];

export interface AuthorizeRequest {
  readonly appid: string;
  readonly redirectUri: string;
  readonly scope: WebScope;
  readonly state: string;
  /** The platform that speaks for the app, if any. */
  readonly platform: string | null;
}

/**
 * The page that asks a person for consent. WeChat matches the address by a pattern, so the order of parameters is fixed and the
 * fragment belongs to it: anything else gives "该链接无法访问".
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html#0
 */
export function authorizeUrl(origin: string, { appid, redirectUri, scope, state, platform }: AuthorizeRequest): string {
  const page = scope === 'snsapi_login' ? 'qrconnect' : 'oauth2/authorize';
  const query = `appid=${appid}&redirect_uri=${encodeURIComponent(redirectUri)}&response_type=code&scope=${scope}&state=${state}`;
  return `${origin}/connect/${page}?${query}${platform === null ? '' : `&component_appid=${platform}`}#wechat_redirect`;
}
