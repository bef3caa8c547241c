import { createCipheriv } from 'node:crypto';
import { userDataSignature } from '#wechat-crypto';
import { openidOf, phoneNumberOf, unionidOf } from '../people.js';
import { type ControlCall, ControlError, object, route, text } from './control-route.js';
import { appNamed, personNamed } from './lookup.js';

function opened(call: ControlCall, appid: string) {
  const app = appNamed(call, appid);
  if (app.kind !== 'mini_program') throw new ControlError(422, 'no_mini_program', `${appid} is no mini program`);
  return { app, person: personNamed(call, call.params['person']) };
}

/** What a mini program gets in its front end, and hands to its back end. */
export const miniProgramRoutes = [
  route({
    method: 'POST',
    path: '/_sim/people/{person}/mini-login',
    tag: 'people',
    summary: 'wx.login in a mini program: gives the code for jscode2session.',
    body: object({ appid: text(18) }, ['appid']),
    handle(call, body: { appid: string }) {
      const { app, person } = opened(call, body.appid);
      return { code: call.world.sessions.login(app, person) };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/phone-code',
    tag: 'people',
    summary: 'A tap on the button that asks for the phone number: gives the code for getuserphonenumber.',
    body: object({ appid: text(18) }, ['appid']),
    handle(call, body: { appid: string }) {
      const { app, person } = opened(call, body.appid);
      return { code: call.world.sessions.phoneCode(app, person) };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/mini-data',
    tag: 'people',
    summary: 'Data that WeChat seals with the session_key for the front end: the profile, the phone number, or anything.',
    body: object(
      { appid: text(18), kind: { enum: ['profile', 'phone', 'other'] }, data: { type: 'object' }, watermark_appid: text(18) },
      ['appid'],
    ),
    handle(call, body: { appid: string; kind?: 'profile' | 'phone' | 'other'; data?: object; watermark_appid?: string }) {
      const { app, person } = opened(call, body.appid);
      const key = call.world.sessions.keyOf(app, person);
      if (key === undefined) throw new ControlError(409, 'no_session', `${person.id} has not logged in to ${app.appid}`);
      const profile = { nickName: person.name, gender: 0, language: person.language, avatarUrl: person.avatar };
      const ids = { openId: openidOf(person, app), unionId: unionidOf(person, app) };
      const kinds = { profile: { ...ids, ...profile }, phone: phoneNumberOf(person), other: {} };
      const watermark = { timestamp: call.world.clock.seconds(), appid: body.watermark_appid ?? app.appid };
      const iv = call.world.chance.bytes(16);
      const cipher = createCipheriv('aes-128-cbc', Buffer.from(key, 'base64'), iv);
      const clear = JSON.stringify({ ...kinds[body.kind ?? 'profile'], ...body.data, watermark });
      const rawData = JSON.stringify(profile);
      return {
        encryptedData: Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()]).toString('base64'),
        iv: iv.toString('base64'),
        rawData,
        signature: userDataSignature({ rawData, sessionKey: key }),
      };
    },
  }),
];
