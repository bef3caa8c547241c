import { textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/doc/offiaccount/User_Management/Configuring_user_notes.html */
export const userRemark: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/user/info/updateremark',
  caller: 'token',
  dayLimit: { normal: 10_000, sandbox: 10_000 },
  answer(call, app) {
    const body = call.json();
    const person = call.world.personOf(app, textField(body, 'openid') ?? '');
    if (!person) throw new Refusal(40003);
    const remark = textField(body, 'remark');
    if (remark === undefined || remark.length >= 30) throw new Refusal(40097);
    person.remarks.set(app.appid, remark);
    return ok(call);
  },
};
