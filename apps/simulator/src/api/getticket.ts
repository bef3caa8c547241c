import { type Endpoint, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html */
export const getTicket: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/ticket/getticket',
  caller: 'token',
  dayLimit: { normal: 1_000_000, sandbox: 1000 },
  answer(call, app) {
    const type = call.query.get('type') ?? '';
    if (type !== 'jsapi' && type !== 'wx_card') throw new Refusal(40097);
    const ticket = call.world.tickets.current(app.appid, type);
    return ok(call, { ticket: ticket.value, expires_in: ticket.secondsLeft });
  },
};
