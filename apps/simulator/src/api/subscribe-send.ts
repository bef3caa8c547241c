import { type App } from '../apps.js';
import { type Call, textField } from '../call.js';
import { type Answer, type Endpoint, ok } from '../endpoint.js';
import { checkData, checkMiniProgram, recipientOf, templateOf } from '../message-rules.js';
import { Phone } from '../phone.js';
import { Refusal } from '../refusal.js';

/** Of a mini program. https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html */
export const subscribeSend: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/message/subscribe/send',
  caller: 'token',
  answer(call, app) {
    if (app.kind !== 'mini_program') throw new Refusal(48001);
    const [page = ''] = (textField(call.json(), 'page') ?? '').split('?');
    if (page !== '' && !app.releasedPages.includes(page)) throw new Refusal(41030);
    return send(call, app);
  },
};

/** Of an account. https://developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api.html */
export const subscribeBizsend: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/message/subscribe/bizsend',
  caller: 'token',
  answer(call, app) {
    if (app.kind !== 'official_account' || !app.verified) throw new Refusal(48001);
    return send(call, app);
  },
};

const states = ['developer', 'trial', 'formal'];

function send(call: Call, app: App): Answer {
  const body = call.json();
  const { person, openid } = recipientOf(call, app, body);
  const template = templateOf(call, app, body);
  const { miniprogram_state: state = 'formal' } = body;
  if (typeof state !== 'string' || !states.includes(state)) throw new Refusal(40097);
  checkMiniProgram(call, app, body);
  checkData(template, body);
  call.world.subscriptions.spend(app.appid, openid, template);
  const { msgid } = call.world.outbox.put({ appid: app.appid, openid, kind: 'subscribe', body });
  const result = person.refusesMessages
    ? { ErrorCode: '3', ErrorStatus: 'user block' }
    : { ErrorCode: '0', ErrorStatus: 'success' };
  const told = { SubscribeMsgSentEvent: { List: [{ TemplateId: template.id, MsgID: msgid, ...result }] } };
  const answer = ok(call, { msgid: call.world.switches.subscribe_send_tells_msgid ? BigInt(msgid) : undefined });
  return { ...answer, afterwards: () => new Phone(call.world, person).event(app, 'subscribe_msg_sent_event', told).done };
}
