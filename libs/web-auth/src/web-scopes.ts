import type { App, AppKind } from '#app';
import { PermissionNotGranted, type WebScope, permissionSet, permissionSets } from '#wechat';
import { ScopeNotForKind } from './web-auth-errors.js';

const scopesOf: Record<AppKind, readonly WebScope[]> = {
  official_account: ['snsapi_base', 'snsapi_userinfo'],
  authorizer: ['snsapi_base', 'snsapi_userinfo'],
  website: ['snsapi_login'],
  mini_program: [],
  third_party_platform: [],
};

/** The app must have web authorisation at all, or this scope. */
export function mustHaveWebScope({ appid, kind, nature, granted }: App, scope?: WebScope): void {
  const scopes = scopesOf[nature];
  // WeChat would tell only the person, on a page of its own.
  if (kind === 'authorizer' && granted && scopes.length > 0 && !granted.includes(permissionSets.webServices))
    throw new PermissionNotGranted(appid, permissionSet(permissionSets.webServices));
  if (scopes.length === 0 || (scope !== undefined && !scopes.includes(scope))) throw new ScopeNotForKind(nature, scopes);
}
