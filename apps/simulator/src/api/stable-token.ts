import { checkSecret } from '../base-tokens.js';
import { textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const dayLimit = { normal: 500_000, sandbox: 500_000, perMinute: 10_000 };

/** https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html */
export const stableToken: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/stable_token',
  caller: 'anyone',
  dayLimit,
  answer(call) {
    const { world } = call;
    const body = call.json();
    if (textField(body, 'grant_type') !== 'client_credential') throw new Refusal(40002);
    const appid = textField(body, 'appid');
    if (!appid) throw new Refusal(41002);
    if (world.platforms.has(appid)) throw new Refusal(61024);
    const app = checkSecret(call.app(appid), {
      secret: textField(body, 'secret'),
      wrongSecret: world.switches.token_endpoint_wrong_secret_errcode,
      from: call.clientIp,
    });
    world.quota.spend(app, call.path, dayLimit);
    const current = body['force_refresh'] === true ? world.tokens.forced(appid) : world.tokens.stable(appid);
    return json(call, { access_token: current.value, expires_in: world.tokens.secondsLeft(current) });
  },
};
