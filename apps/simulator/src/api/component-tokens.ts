import { textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { platformOfSecret } from '../platform-callers.js';

const dayLimit = { normal: 2000, sandbox: 2000 };

/** Its success is told in one of two texts. The secret has another name here than elsewhere. */
export const startPushTicket: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_start_push_ticket',
  caller: 'anyone',
  answer(call) {
    const platform = platformOfSecret(call, call.json(), 'component_secret');
    const errmsg = platform.pushesTickets ? 'in a normal state' : 'ok';
    platform.pushesTickets = true;
    call.world.componentTickets.pushDue();
    return json(call, { errcode: 0, errmsg });
  },
};

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/component_access_token.html */
export const componentToken: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_component_token',
  caller: 'anyone',
  answer(call) {
    const { world } = call;
    const body = call.json();
    const platform = platformOfSecret(call, body, 'component_appsecret');
    world.componentTickets.check(platform, textField(body, 'component_verify_ticket') ?? '');
    world.quota.spend({ appid: platform.appid, sandbox: false }, call.path, dayLimit);
    const token = world.componentTokens.mint(platform.appid, platform);
    return json(call, { component_access_token: token.value, expires_in: world.componentTokens.secondsLeft(token) });
  },
};

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/pre_auth_code.html */
export const createPreauthcode: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_create_preauthcode',
  caller: 'platform',
  answer(call, platform) {
    const code = call.world.preAuthCodes.issue(platform);
    return json(call, { pre_auth_code: code.value, expires_in: code.life });
  },
};
