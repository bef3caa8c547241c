import { type App } from '../apps.js';
import { type Call, textField } from '../call.js';
import { type Answer, type Endpoint, json, ok } from '../endpoint.js';
import { checkData, checkMiniProgram, recipientOf, templateOf } from '../message-rules.js';
import { type SentMessage } from '../outbox.js';
import { type Person } from '../people.js';
import { Phone } from '../phone.js';
import { Refusal, textOf } from '../refusal.js';

const longestUrl = 1024;
const longestClientId = 32;

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html */
export const templateSend: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/message/template/send',
  caller: 'token',
  dayLimit: { normal: 100_000, sandbox: 100_000 },
  answer(call, app) {
    if (app.kind !== 'official_account' || !app.verified) throw new Refusal(48001);
    const body = call.json();
    const { person, openid } = recipientOf(call, app, body);
    if (!person.following.has(app.appid)) throw new Refusal(43004);
    const template = templateOf(call, app, body);
    if ((textField(body, 'url') ?? '').length > longestUrl) throw new Refusal(40039);
    if ((textField(body, 'client_msg_id') ?? '').length > longestClientId) throw new Refusal(45067);
    checkMiniProgram(call, app, body);
    checkData(template, body);
    const wanted = { appid: app.appid, openid, kind: 'template', body } as const;
    const former = call.world.outbox.repeated(wanted);
    if (former) return repeatAnswer(call, former);
    return sentAnswer(call, app, { person, sent: call.world.outbox.put(wanted) });
  },
};

/** What a repeated client_msg_id gives is written nowhere for template messages. */
function repeatAnswer(call: Call, { msgid }: SentMessage): Answer {
  if (call.world.switches.repeated_client_msg_id === 'same_msgid') return ok(call, { msgid: BigInt(msgid) });
  return json(call, { errcode: 45065, errmsg: textOf(45065), msgid: BigInt(msgid) }, 45065);
}

/** "Sent" means accepted; what became of it comes as an event, which may overtake the answer. */
function sentAnswer(call: Call, app: App, { person, sent }: { person: Person; sent: SentMessage }): Answer {
  const answer = ok(call, { msgid: BigInt(sent.msgid) });
  const { template_outcome: outcome, template_event_first: comesFirst } = call.world.switches;
  if (outcome === 'none') return answer;
  const Status = person.refusesMessages ? 'failed:user block' : outcome;
  const tell = () =>
    new Phone(call.world, person).event(app, 'TEMPLATESENDJOBFINISH', { MsgID: BigInt(sent.msgid), Status }).done;
  if (comesFirst) return { ...answer, waitsFor: tell() };
  return { ...answer, afterwards: tell };
}
