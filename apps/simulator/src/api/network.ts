import { textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const dayLimit = { normal: 10_000, sandbox: 1000 };

/**
 * Loopback is the true answer: pushes of a simulator come from there.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html
 */
export const callbackIp: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/getcallbackip',
  caller: 'token',
  dayLimit,
  answer: (call) => json(call, { ip_list: ['127.0.0.1', '::1'] }),
};

export const apiDomainIp: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/get_api_domain_ip',
  caller: 'token',
  dayLimit,
  answer: (call) => json(call, { ip_list: ['127.0.0.1', '::1'] }),
};

/** https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Network_Detection.html */
export const callbackCheck: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/callback/check',
  caller: 'token',
  dayLimit,
  answer(call, app) {
    const body = call.json();
    const action = textField(body, 'action') ?? '';
    const operator = textField(body, 'check_operator') ?? '';
    if (!['dns', 'ping', 'all'].includes(action)) throw new Refusal(40202);
    if (!['CHINANET', 'UNICOM', 'CAP', 'DEFAULT'].includes(operator)) throw new Refusal(40203);
    if (app.callback.url === null) throw new Refusal(40201);
    const dns = [{ ip: '127.0.0.1', real_operator: 'UNICOM' }];
    const ping = [{ ip: '127.0.0.1', from_operator: 'UNICOM', package_loss: '0%', time: '0.079ms' }];
    return json(call, { dns: action === 'ping' ? [] : dns, ping: action === 'dns' ? [] : ping });
  },
};
