import { Column, Entity, PrimaryColumn } from 'typeorm';

/** No ticket arrived for half an hour (`warning`), two hours (`alarm`), or twelve (`expired`), when the last ends. */
export type TicketAlarm = 'none' | 'warning' | 'alarm' | 'expired';

export const differenceKinds = ['unknown_here', 'not_authorized_here', 'other_refresh_token', 'missing_at_wechat'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** A difference between WeChat's list of a platform's authorizers and ours. */
export interface Difference {
  readonly appid: string;
  readonly kind: DifferenceKind;
  /** The difference was corrected from WeChat's list. */
  readonly healed: boolean;
}

/** What is kept for a third-party platform besides its app. */
@Entity('platform')
export class Platform {
  @PrimaryColumn('text')
  appid!: string;

  @Column('text', { name: 'sealed_ticket', nullable: true })
  sealedTicket!: string | null;

  /** By WeChat's clock. */
  @Column('timestamptz', { name: 'ticket_at', nullable: true })
  ticketAt!: Date | null;

  @Column('timestamptz', { name: 'kept_at', nullable: true })
  keptAt!: Date | null;

  @Column('boolean', { name: 'ticket_refused', default: false })
  ticketRefused!: boolean;

  @Column('timestamptz', { name: 'watched_since', default: () => 'now()' })
  watchedSince!: Date;

  @Column('text', { default: 'none' })
  alarm!: TicketAlarm;

  @Column('timestamptz', { name: 'push_asked_at', nullable: true })
  pushAskedAt!: Date | null;

  @Column('text', { name: 'push_answer', nullable: true })
  pushAnswer!: string | null;

  @Column('timestamptz', { name: 'compare_at', default: () => 'now()' })
  compareAt!: Date;

  @Column('timestamptz', { name: 'compared_at', nullable: true })
  comparedAt!: Date | null;

  @Column('integer', { nullable: true })
  listed!: number | null;

  @Column('jsonb', { default: [] })
  differences!: Difference[];
}
