import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SpokenReply } from '#wechat';

/** Everything in `when` must hold. */
export interface ReplyRule {
  readonly when: {
    readonly type?: string;
    readonly eventKey?: string;
    readonly keyword?: string;
    readonly match?: 'exact' | 'contains';
  };
  readonly reply: SpokenReply;
}

@Entity('app_voice')
export class AppReplies {
  @PrimaryColumn('text')
  appid!: string;

  @Column('jsonb', { default: [] })
  rules!: ReplyRule[];

  /** By name. A text that is missing here is the gateway's own. */
  @Column('jsonb', { default: {} })
  texts!: Record<string, string>;
}
