import type { KeptFailure } from '#wechat';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something that WeChat issued to an app and that expires. */
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

  /** Counts claims. A writer that holds an older fence has been overtaken and may not save. */
  @Column('bigint', { default: 0 })
  fence!: string;

  /** Of the database, when it was fetched or confirmed: in another one it is not handed out. */
  @Index('credential_epoch')
  @Column('text', { nullable: true, default: () => 'current_epoch()' })
  epoch!: string | null;

  /** Its fence before the epoch began, where the memory of a replica confirmed it: of two that do, the newer one counts. */
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

  /** In a row, each within ten minutes after the one before: the pauses between fetches grow with it. */
  @Column('integer', { default: 0 })
  deaths!: number;

  @Column('timestamptz', { name: 'died_at', nullable: true })
  diedAt!: Date | null;

  /** On the day, in China, of `forcedAt`. */
  @Column('integer', { name: 'forced_count', default: 0 })
  forcedCount!: number;
}
