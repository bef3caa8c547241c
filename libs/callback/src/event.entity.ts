import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { type PushReply, type PushFields, type WechatPush, pushOf } from '#wechat';

@Entity('event')
@Unique('event_appid_dedupe_key_key', ['appid', 'dedupeKey'])
@Index('event_person', ['appid', 'openid', 'seq'])
export class Event {
  @PrimaryColumn('text')
  appid!: string;

  /** In the order of commits: a reader that has seen one number has seen all before it. */
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' })
  @Index('event_seq')
  seq!: string;

  @Column('text')
  @Index('event_id', { unique: true })
  id!: string;

  @Column('text')
  type!: string;

  @Column('text', { nullable: true })
  openid!: string | null;

  @Column('timestamptz', { name: 'occurred_at', nullable: true })
  occurredAt!: Date | null;

  @Column('timestamptz', { name: 'received_at', default: () => 'now()' })
  @Index('event_age')
  receivedAt!: Date;

  @Column('text', { name: 'dedupe_key' })
  dedupeKey!: string;

  @Column('jsonb', { nullable: true })
  data!: PushFields | null;

  @Column('bytea', { nullable: true })
  raw!: Buffer | null;

  @Column('jsonb', { nullable: true })
  reply!: PushReply | null;

  @Column('boolean', { name: 'is_decided' })
  isDecided!: boolean;
}

export interface KeptEvent {
  readonly appid: string;
  readonly seq: string;
  readonly id: string;
  readonly type: string;
  readonly openid: string | null;
  readonly push: WechatPush;
}

export const keptEvent = ({ appid, seq, id, type, openid, data }: Event): KeptEvent => ({
  appid,
  seq,
  id,
  type,
  openid,
  push: pushOf(type, data),
});
