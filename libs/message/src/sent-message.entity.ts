import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

export const messageKinds = ['template', 'subscribe', 'customer'] as const;
export type MessageKind = (typeof messageKinds)[number];

/** `unknown`: WeChat did not answer, so it may have been sent. */
export type SendStatus = 'sending' | 'sent' | 'unknown';

/** A message to a person, without its content. */
@Entity('sent_message')
@Index('sent_message_person', ['appid', 'openid'])
@Index('sent_message_msgid', ['appid', 'msgid'])
@Index('sent_message_named', ['createdAt'], { where: 'name IS NOT NULL' })
@Unique('sent_message_appid_name_key', ['appid', 'name'])
export class SentMessage {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  kind!: MessageKind;

  @Column('text')
  openid!: string;

  @Column('text', { name: 'template_id', nullable: true })
  templateId!: string | null;

  /** The name of the request by which a repeat is known, for a day. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { name: 'body_hash' })
  bodyHash!: string;

  /** The id by which WeChat knows a repeat. */
  @Column('text', { name: 'client_msg_id', nullable: true })
  clientMsgId!: string | null;

  @Column('text')
  status!: SendStatus;

  @Column('text', { nullable: true })
  msgid!: string | null;

  /** The attempt that sends it. A later attempt must not save over it. */
  @Column('text')
  attempt!: string;

  @Column('timestamptz', { name: 'held_until' })
  heldUntil!: Date;

  @Index('sent_message_age')
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;
}
