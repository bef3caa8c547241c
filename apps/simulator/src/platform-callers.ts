import { type PlatformAuthorization } from './platform-authorizations.js';
import { type Call, textField } from './call.js';
import { checkPermission } from './permission-sets.js';
import { type Platform } from './platforms.js';
import { Refusal } from './refusal.js';

/** Current pages call the parameter `access_token`, older ones `component_access_token`; both are taken. */
export function platformOfToken(call: Call): Platform {
  const token = call.query.get('component_access_token') || call.required('access_token', 41001);
  return holderOfToken(call, token);
}

/** The /sns calls take the token under one name only, and name the platform and the account in the query. */
export function authorizationOfSnsCall(call: Call): PlatformAuthorization {
  const named = call.required('component_appid', 41018);
  const platform = holderOfToken(call, call.required('component_access_token', 41021));
  checkNamed(call, platform, named);
  return authorizationOf(call, platform, call.required('appid', 41002));
}

/** The account that a platform's call is about, if the account has authorised the platform and for this. */
export function authorizationOf(call: Call, platform: Platform, appid: string | undefined): PlatformAuthorization {
  if (!appid) throw new Refusal(41002);
  if (!call.world.apps.has(appid)) throw new Refusal(40013);
  const authorization = call.world.authorizations.find(platform, appid);
  if (!authorization) throw new Refusal(61003);
  call.appid = appid;
  checkPermission(authorization, call.path);
  return authorization;
}

function holderOfToken(call: Call, token: string): Platform {
  const { authorizations, componentTokens, tokens, switches } = call.world;
  const platform = componentTokens.holderOf(token);
  if (!platform) {
    const isAnother = authorizations.tokens.holderOf(token) !== undefined || tokens.knows(token);
    throw new Refusal(isAnother ? 61014 : switches.unknown_token_errcode);
  }
  call.appid = platform.appid;
  checkPlatform(call, platform);
  return platform;
}

export function checkPlatform(call: Call, platform: Platform): void {
  if (platform.isFrozen) throw new Refusal(call.world.switches.frozen_platform_errcode);
  if (platform.ipAllowList.length === 0 || platform.ipAllowList.includes(call.clientIp)) return;
  throw new Refusal(61004, `access clientip is not registered requestIP: ${call.clientIp}`);
}

/** The body names the platform once more, and it must be the one whose token came with it. */
export function platformBody(call: Call, platform: Platform): Readonly<Record<string, unknown>> {
  const body = call.json();
  const named = textField(body, 'component_appid');
  if (!named) throw new Refusal(41018);
  checkNamed(call, platform, named);
  return body;
}

function checkNamed(call: Call, platform: Platform, named: string): void {
  if (named !== platform.appid) throw new Refusal(call.world.platforms.has(named) ? 61001 : 40013);
}

/** The right secret of a platform, where there is no token yet. */
export function platformOfSecret(call: Call, body: Readonly<Record<string, unknown>>, secretField: string): Platform {
  const appid = textField(body, 'component_appid');
  if (!appid) throw new Refusal(41018);
  const platform = call.world.platforms.get(appid);
  if (!platform) throw new Refusal(call.world.apps.has(appid) ? 61000 : 40013);
  call.appid = appid;
  const secret = textField(body, secretField);
  if (!secret) throw new Refusal(41004);
  if (secret !== platform.secret) throw new Refusal(40125);
  if (platform.secretIsFrozen) throw new Refusal(40243);
  checkPlatform(call, platform);
  return platform;
}
