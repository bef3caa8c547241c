import { ApiProperty } from '@nestjs/swagger';
import { exampleOpenid } from '#api';
import type { Fate } from './message-fate.entity.js';
import { exampleTemplateId } from './message-fields.js';
import type { MessageState } from './sent-messages.js';
import type { SendStatus } from './sent-message.entity.js';

const exampleId = 'msg_0Bz1fQk7Yx3mN8sT2wVa';

export class SentAnswer {
  @ApiProperty({ description: 'Ask what became of it by this', example: exampleId })
  id!: string;

  @ApiProperty({
    description: "WeChat's own number, where it gives one; too long for a JSON number",
    type: String,
    nullable: true,
    example: '2398423987423987234',
  })
  msgid!: string | null;

  @ApiProperty({ description: 'WeChat has taken it', enum: ['sent'], example: 'sent' })
  status!: 'sent';
}

export class MessageAnswer {
  @ApiProperty({ example: exampleId })
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: '2398423987423987234' })
  msgid!: string | null;

  @ApiProperty({
    description:
      '`sent`: WeChat has taken it. `delivered`, `blocked` (the person takes no messages of the account) and `failed` are what WeChat reported. `unknown`: WeChat did not answer, so it may have been sent',
    enum: ['sending', 'sent', 'delivered', 'blocked', 'failed', 'unknown'],
    example: 'delivered',
  })
  status!: SendStatus | Fate;

  @ApiProperty({ example: exampleOpenid })
  touser!: string;

  @ApiProperty({ type: String, nullable: true, example: exampleTemplateId })
  template_id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'order-4711' })
  client_msg_id!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.120Z' })
  sent_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:01.000Z' })
  reported_at!: string | null;

  @ApiProperty({ description: 'What WeChat reported, in its own words', type: String, nullable: true, example: 'success' })
  detail!: string | null;
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
