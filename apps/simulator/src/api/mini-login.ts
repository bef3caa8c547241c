import { createHmac } from 'node:crypto';
import { type App } from '../apps.js';
import { checkSecret } from '../base-tokens.js';
import { type Call, textField } from '../call.js';
import { type Answer, type Endpoint, json, ok } from '../endpoint.js';
import { openidOf, phoneNumberOf, unionidOf } from '../people.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html */
export const jscode2session: Endpoint = {
  verb: 'GET',
  path: '/sns/jscode2session',
  caller: 'anyone',
  answer(call) {
    const appid = call.required('appid', 41002);
    const secret = call.required('secret', 41004);
    const app = checkSecret(call.app(appid), { secret, wrongSecret: 40125, from: call.clientIp });
    if (app.kind !== 'mini_program') throw new Refusal(40013);
    return sessionAnswer(call, app);
  },
};

/** Whoever asked: the mini program itself, or a platform for it. */
export function sessionAnswer(call: Call, app: App): Answer {
  const person = call.world.sessions.exchangeLogin(call.required('js_code', 41008), app);
  const key = call.world.sessions.keyOf(app, person) ?? call.world.sessions.renewKey(app, person);
  return json(call, { session_key: key, openid: openidOf(person, app), unionid: unionidOf(person, app) });
}

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html */
export const getUserPhoneNumber: Endpoint = {
  verb: 'POST',
  path: '/wxa/business/getuserphonenumber',
  caller: 'token',
  answer(call, app) {
    if (app.kind !== 'mini_program' || !app.verified) throw new Refusal(48001);
    const body = call.json();
    const person = call.world.sessions.exchangePhone(textField(body, 'code') ?? '', app);
    const openid = textField(body, 'openid');
    if (openid && openid !== openidOf(person, app)) throw new Refusal(40029);
    return ok(call, {
      phone_info: { ...phoneNumberOf(person), watermark: { timestamp: call.world.clock.seconds(), appid: app.appid } },
    });
  },
};

/** Whether a session key is the one in force, proven without sending it. */
export const checkSession: Endpoint = {
  verb: 'GET',
  path: '/wxa/checksession',
  caller: 'token',
  answer(call, app) {
    provenPerson(call, app);
    return ok(call);
  },
};

export const resetUserSessionKey: Endpoint = {
  verb: 'GET',
  path: '/wxa/resetusersessionkey',
  caller: 'token',
  answer(call, app) {
    const person = provenPerson(call, app);
    return ok(call, { openid: openidOf(person, app), session_key: call.world.sessions.renewKey(app, person) });
  },
};

/** Which form of the key signs, its text or its bytes, is written nowhere: both are taken. */
function provenPerson(call: Call, app: App) {
  if (call.query.get('sig_method') !== 'hmac_sha256') throw new Refusal(40097);
  const person = call.world.personOf(app, call.required('openid', 41009));
  const key = person && call.world.sessions.keyOf(app, person);
  if (!person || !key) throw new Refusal(87007);
  const good = [key, Buffer.from(key, 'base64')].map((form) => createHmac('sha256', form).update('').digest('hex'));
  if (!good.includes(call.query.get('signature') ?? '')) throw new Refusal(87009);
  return person;
}
