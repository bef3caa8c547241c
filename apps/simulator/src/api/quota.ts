import { appOfToken } from '../app-callers.js';
import { checkSecret } from '../base-tokens.js';
import { textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { platformOfSecret, platformOfToken } from '../platform-callers.js';
import { type DayLimit } from '../quota.js';
import { Refusal } from '../refusal.js';

/**
 * With the token of whom it is about: an account, an authorizer, or a third-party platform.
 * https://developers.weixin.qq.com/doc/offiaccount/openApi/clear_quota.html
 */
export const clearQuota: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/clear_quota',
  caller: 'anyone',
  answer(call) {
    const token = call.required('access_token', 41001);
    const { appid } = call.world.componentTokens.holderOf(token) ? platformOfToken(call) : appOfToken(call, token);
    if (textField(call.json(), 'appid') !== appid) throw new Refusal(40013);
    call.world.quota.clearAll(appid);
    return ok(call);
  },
};

/** The same for a platform, by its own name. */
export const clearComponentQuota: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/clear_quota',
  caller: 'platform',
  answer(call, platform) {
    call.world.quota.clearAll(platform.appid);
    return ok(call);
  },
};

/** With the platform's secret, for itself or for an account that has authorised it. */
export const clearComponentQuotaBySecret: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/clear_quota/v2',
  caller: 'anyone',
  answer(call) {
    const body = call.json();
    const platform = platformOfSecret(call, body, 'appsecret');
    const appid = textField(body, 'appid') || platform.appid;
    if (appid !== platform.appid && !call.world.authorizations.find(platform, appid)) throw new Refusal(43007);
    call.world.quota.clearAll(appid);
    return ok(call);
  },
};

/** With the secret instead of a token, because an account without quota for tokens could not call the other form. */
export const clearQuotaBySecret: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/clear_quota/v2',
  caller: 'anyone',
  answer(call) {
    const body = call.json();
    const appid = textField(body, 'appid');
    if (!appid) throw new Refusal(41002);
    const given = { secret: textField(body, 'appsecret'), wrongSecret: 40125, from: call.clientIp };
    call.world.quota.clearAll(checkSecret(call.app(appid), given).appid);
    return ok(call);
  },
};

export const clearOneQuota: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/openapi/quota/clear',
  caller: 'token',
  answer(call, app) {
    const path = textField(call.json(), 'cgi_path') ?? '';
    if (!call.world.dayLimits.has(path)) throw new Refusal(76021);
    call.world.quota.clearOne(app.appid, path);
    return ok(call);
  },
};

/** https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html */
export const getQuota: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/openapi/quota/get',
  caller: 'token',
  answer(call, app) {
    const path = textField(call.json(), 'cgi_path') ?? '';
    if (path.startsWith('/sns/')) throw new Refusal(76022);
    const limit: DayLimit | undefined = call.world.dayLimits.get(path);
    if (!limit) throw new Refusal(76021);
    const { quota } = call.world;
    const daily = quota.dailyLimit(app, path, limit);
    const used = quota.used(app.appid, path);
    return ok(call, {
      quota: { daily_limit: daily, used, remain: Math.max(0, daily - used) },
      rate_limit: limit.perMinute === undefined ? undefined : { call_count: limit.perMinute, refresh_second: 60 },
    });
  },
};
