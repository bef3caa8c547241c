import { checkSecret } from '../base-tokens.js';
import { type Endpoint, json } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const dayLimit = { normal: 2000, sandbox: 200 };

/** https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html */
export const token: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/token',
  caller: 'anyone',
  dayLimit,
  answer(call) {
    const { world } = call;
    if (call.query.get('grant_type') !== 'client_credential') throw new Refusal(40002);
    const appid = call.required('appid', 41002);
    if (world.platforms.has(appid)) throw new Refusal(61024);
    const app = checkSecret(call.app(appid), {
      secret: call.query.get('secret') ?? undefined,
      wrongSecret: world.switches.token_endpoint_wrong_secret_errcode,
      from: call.clientIp,
    });
    world.quota.spend(app, call.path, dayLimit);
    const minted = world.tokens.classic(app.appid);
    return json(call, { access_token: minted.value, expires_in: world.tokens.secondsLeft(minted) });
  },
};
