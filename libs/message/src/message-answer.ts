import { OneOf, Openid, Text, Time } from '#api';
import type { Fate } from './message-fate.entity.js';
import { exampleTemplateId } from './message-fields.js';
import type { MessageState } from './sent-messages.js';
import type { SendStatus } from './sent-message.entity.js';

const exampleId = 'msg_0Bz1fQk7Yx3mN8sT2wVa';

export class SentAnswer {
  @Text('Ask what became of it by this', { example: exampleId }) id!: string;
  @Text("WeChat's own number, where it gives one; too long for a JSON number", { nullable: true, example: '2398423987423987234' })
  msgid!: string | null;
  @OneOf(['sent'], 'WeChat has taken it', { example: 'sent' }) status!: 'sent';
}

export class MessageAnswer {
  @Text({ example: exampleId }) id!: string;
  @Text({ nullable: true, example: '2398423987423987234' }) msgid!: string | null;
  @OneOf(
    ['sending', 'sent', 'delivered', 'blocked', 'failed', 'unknown'],
    '`sent`: WeChat has taken it. `delivered`, `blocked` (the person takes no messages of the account) and `failed` are what WeChat reported. `unknown`: WeChat did not answer, so it may have been sent',
    { example: 'delivered' },
  )
  status!: SendStatus | Fate;
  @Openid() touser!: string;
  @Text({ nullable: true, example: exampleTemplateId }) template_id!: string | null;
  @Text({ nullable: true, example: 'order-4711' }) client_msg_id!: string | null;
  @Time() created_at!: string;
  @Time({ nullable: true, example: '2026-01-31T12:00:00.120Z' }) sent_at!: string | null;
  @Time({ nullable: true, example: '2026-01-31T12:00:01.000Z' }) reported_at!: string | null;
  @Text('What WeChat reported, in its own words', { nullable: true, example: 'success' }) detail!: string | null;
}

export const messageAnswer = (state: MessageState): MessageAnswer => ({
  id: state.id,
  msgid: state.msgid,
  status: state.status,
  touser: state.openid,
  template_id: state.templateId,
  client_msg_id: state.clientMsgId,
  created_at: state.createdAt.toISOString(),
  sent_at: state.sentAt?.toISOString() ?? null,
  reported_at: state.reportedAt?.toISOString() ?? null,
  detail: state.detail,
});
