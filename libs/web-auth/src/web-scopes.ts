import type { App, AppKind } from '#account';
import type { WebScope } from '#wechat';
import { ScopeNotForKind } from './web-auth-errors.js';

const scopesOf: Record<AppKind, readonly WebScope[]> = {
  official_account: ['snsapi_base', 'snsapi_userinfo'],
  authorizer: ['snsapi_base', 'snsapi_userinfo'],
  website: ['snsapi_login'],
  mini_program: [],
  third_party_platform: [],
};

/** Any scope at all, or this one. */
export function mustHaveWebScope({ kind }: App, scope?: WebScope): void {
  const scopes = scopesOf[kind];
  if (scopes.length === 0 || (scope !== undefined && !scopes.includes(scope))) throw new ScopeNotForKind(kind, scopes);
}
