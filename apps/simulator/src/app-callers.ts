import { type App } from './apps.js';
import { checkAddress } from './base-tokens.js';
import { type Call } from './call.js';
import { checkPermission } from './permission-sets.js';
import { checkPlatform } from './platform-callers.js';
import { Refusal } from './refusal.js';

/** The app that a call is made for: by its own token, or by one with which a platform speaks for it. */
export function appOfToken(call: Call, token: string): App {
  const { tokens, apps, authorizations, componentTokens } = call.world;
  const authorization = authorizations.tokens.holderOf(token);
  if (!authorization && componentTokens.holderOf(token)) throw new Refusal(61015);
  const appid = authorization?.app.appid ?? tokens.appidOf(token);
  call.appid = appid;
  const app = apps.get(appid);
  if (!app) throw new Refusal(40013);
  if (app.authorizerIsFrozen) throw new Refusal(50007);
  if (!authorization) {
    checkAddress(app, call.clientIp);
    return app;
  }
  checkPlatform(call, authorization.platform);
  if (authorization.revoked) throw new Refusal(61003);
  checkPermission(authorization, call.path);
  return app;
}
