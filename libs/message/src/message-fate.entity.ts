import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type Fate = 'delivered' | 'blocked' | 'failed';

/**
 * What WeChat reported of a message. A row of its own, joined when somebody asks: the report may come before the answer
 * to the call that sent the message, and then there is nothing yet to write it to.
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
