import type { KeptFailure } from '#wechat';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something with an expiry that WeChat issued to an app. */
@Entity('credential')
export class Credential {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  kind!: string;

  @Column('text', { name: 'sealed_value', nullable: true })
  sealedValue!: string | null;

  @Column('timestamptz', { name: 'obtained_at', nullable: true })
  obtainedAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Index('credential_due')
  @Column('timestamptz', { name: 'renew_at', default: () => 'now()' })
  renewAt!: Date;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  /** Counts claims. A writer with an older fence was overtaken and may not save. */
  @Column('bigint', { default: 0 })
  fence!: string;

  /** The epoch in which it was fetched or confirmed. It is not handed out in another one. */
  @Index('credential_epoch')
  @Column('text', { nullable: true, default: () => 'current_epoch()' })
  epoch!: string | null;

  /** Its fence before the epoch began, if a replica's memory confirmed it. Of two confirmations the newer fence counts. */
  @Column('bigint', { name: 'confirmed_fence', nullable: true })
  confirmedFence!: string | null;

  @Column('integer', { default: 0 })
  failures!: number;

  @Column('jsonb', { name: 'last_failure', nullable: true })
  lastFailure!: KeptFailure | null;

  @Column('timestamptz', { name: 'failed_at', nullable: true })
  failedAt!: Date | null;

  @Column('timestamptz', { name: 'attention_at', nullable: true })
  attentionAt!: Date | null;

  @Column('timestamptz', { name: 'proven_at', nullable: true })
  provenAt!: Date | null;

  @Column('timestamptz', { name: 'forced_at', nullable: true })
  forcedAt!: Date | null;

  /** A keyed fingerprint of the last value that proved dead. */
  @Column('text', { nullable: true })
  buried!: string | null;

  @Column('integer', { name: 'early_deaths', default: 0 })
  earlyDeaths!: number;

  @Column('timestamptz', { name: 'died_early_at', nullable: true })
  diedEarlyAt!: Date | null;

  /** Deaths in a row, each within ten minutes after the last. The pauses between fetches grow with them. */
  @Column('integer', { default: 0 })
  deaths!: number;

  @Column('timestamptz', { name: 'died_at', nullable: true })
  diedAt!: Date | null;

  /** How often a fetch was forced on the day (in China) of `forcedAt`. */
  @Column('integer', { name: 'forced_count', default: 0 })
  forcedCount!: number;
}
