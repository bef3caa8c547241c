import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type Fate = 'delivered' | 'blocked' | 'failed';

/**
 * What WeChat reported about a message. It has its own row, joined on reading, because the report may arrive before the answer
 * to the call that sent the message.
 */
@Entity('message_fate')
export class MessageFate {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  msgid!: string;

  @Column('text')
  fate!: Fate;

  /** In WeChat's words. */
  @Column('text')
  detail!: string;

  @Index('message_fate_age')
  @Column('timestamptz', { name: 'reported_at' })
  reportedAt!: Date;
}
