import { textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const keptSeconds = 7 * 86_400;

/** https://developers.weixin.qq.com/doc/offiaccount/openApi/get_rid_info.html */
export const ridGet: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/openapi/rid/get',
  caller: 'token',
  answer(call, app) {
    const rid = textField(call.json(), 'rid') ?? '';
    if (!/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/.test(rid)) throw new Refusal(76002);
    const request = call.world.journal.withRid(rid);
    if (!request) throw new Refusal(76001);
    if (request.appid !== app.appid) throw new Refusal(76003);
    if (request.path.startsWith('/sns/')) throw new Refusal(76022);
    const invokedAt = parseInt(rid.slice(0, 8), 16);
    if (call.world.clock.seconds() - invokedAt > keptSeconds) throw new Refusal(76004);
    return ok(call, {
      request: {
        invoke_time: invokedAt,
        cost_in_ms: request.cost_in_ms,
        request_url: `https://api.weixin.qq.com${request.path}?${request.query}`,
        request_body: request.request_body,
        response_body: request.response_body,
        client_ip: request.client_ip,
      },
    });
  },
};
