/** The page on which the administrator of an account decides whether a platform may speak for it. */
export interface AuthorizationPage {
  readonly platform: string;
  readonly preAuthCode: string;
  readonly redirectUri: string;
  /** The kinds of accounts that may be chosen, by WeChat's number. */
  readonly authType: number;
  /** If set, only this account may be chosen. */
  readonly bizAppid: string | null;
  readonly categoryIds: readonly number[];
}

/** `desktop` must be opened from a page of the platform's registered domain, `phone` inside WeChat. */
export interface AuthorizationPages {
  readonly desktop: string;
  readonly phone: string;
}

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html */
export function authorizationPages(origins: { mp: string; open: string }, page: AuthorizationPage): AuthorizationPages {
  const query = queryOf(page);
  return {
    desktop: `${origins.mp}/cgi-bin/componentloginpage?${query}`,
    phone: `${origins.open}/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&${query}#wechat_redirect`,
  };
}

function queryOf({ platform, preAuthCode, redirectUri, authType, bizAppid, categoryIds }: AuthorizationPage): string {
  const parts = [
    ['component_appid', platform],
    ['pre_auth_code', preAuthCode],
    ['redirect_uri', redirectUri],
    ['auth_type', String(authType)],
    ...(bizAppid === null ? [] : [['biz_appid', bizAppid]]),
    ...(categoryIds.length === 0 ? [] : [['category_id_list', categoryIds.join('|')]]),
  ];
  return parts.map(([name, value = '']) => `${name ?? ''}=${encodeURIComponent(value)}`).join('&');
}
