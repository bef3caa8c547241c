import { checkSecret } from '../base-tokens.js';
import { textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { type DayLimit } from '../quota.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/doc/offiaccount/openApi/clear_quota.html */
export const clearQuota: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/clear_quota',
  caller: 'token',
  answer(call, app) {
    if (textField(call.json(), 'appid') !== app.appid) throw new Refusal(40013);
    call.world.quota.clearAll(app.appid);
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
