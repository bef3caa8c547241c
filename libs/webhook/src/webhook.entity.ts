import { Column, Entity, PrimaryColumn } from 'typeorm';

export type WebhookFormat = 'standard' | 'wechat';
export type DisabledBecause = 'asked' | 'gone' | 'failing';

/** One of the secrets that sign what goes out: the newest, and former ones until they end. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: string;
  readonly until: string | null;
}

/** What a relayed push is signed and encrypted with. */
export interface SealedRelay {
  readonly id: string;
  readonly token: string;
  readonly encodingAesKey: string;
}

/** A service that asked to be told of events. */
@Entity('webhook')
export class Webhook {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  url!: string;

  /** `*` among them: every app, those to come included. */
  @Column('text', { array: true })
  appids!: string[];

  /** `message.text`, `message.*`, `*`. */
  @Column('text', { array: true })
  types!: string[];

  @Column('text', { default: '' })
  description!: string;

  @Column('text')
  format!: WebhookFormat;

  /** It may answer a push. */
  @Column('boolean')
  replies!: boolean;

  /** An event that is older is of no use to it. */
  @Column('integer', { name: 'max_age_seconds', nullable: true })
  maxAgeSeconds!: number | null;

  @Column('boolean', { default: true })
  enabled!: boolean;

  @Column('text', { name: 'disabled_because', nullable: true })
  disabledBecause!: DisabledBecause | null;

  /** From then on there were nothing but failures. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column('jsonb')
  secrets!: SealedSecret[];

  @Column('jsonb', { nullable: true })
  relay!: SealedRelay | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** As `webhook_takes` in the database, which decides; this is for guessing right before it is asked. */
  takes(appid: string, type: string): boolean {
    const isOf = (list: string[], ...names: string[]): boolean => ['*', ...names].some((name) => list.includes(name));
    return isOf(this.appids, appid) && isOf(this.types, type, `${type.split('.')[0] ?? ''}.*`);
  }

  /** The former secret that signs the longest. */
  formerSecretUntil(moment: Date): Date | null {
    const ends = this.secrets.flatMap(({ until }) => (until === null ? [] : [new Date(until)])).filter((end) => end > moment);
    return ends.length === 0 ? null : new Date(Math.max(...ends.map((end) => end.getTime())));
  }
}
