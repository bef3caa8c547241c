import type { Scope } from '#access';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type WebhookFormat = 'standard' | 'wechat';
export type DisabledBecause = 'asked' | 'gone' | 'failing' | 'key_ended';

/** How long what a webhook would get is held when its key has ended, for the key that adopts it. */
export const heldDays = 3;

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

  /** The key it belongs to: it may have what that key may have, and stops with it. Null: made before webhooks belonged to keys. */
  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  /** Scopes that its key is not asked for: it lacked them when they were not needed yet, and was not given them since. */
  @Column('text', { name: 'waived_scopes', array: true, default: '{}' })
  waivedScopes!: Scope[];

  /** Without its query, where keys may stand: what people are shown. */
  @Column('text')
  url!: string;

  /** Where it is sent to, whole; null where release 0.1.0 wrote the address, until it is sealed. */
  @Column('text', { name: 'sealed_url', nullable: true })
  sealedUrl!: string | null;

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

  /** Since then its key has ended; says nothing unless it is disabled for that. */
  @Column('timestamptz', { name: 'key_ended_at', nullable: true })
  keyEndedAt!: Date | null;

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

  /** Until then what it would have got is held for an adopter. */
  heldUntil(): Date | null {
    if (this.disabledBecause !== 'key_ended' || this.keyEndedAt === null) return null;
    return new Date(this.keyEndedAt.getTime() + heldDays * 86_400_000);
  }

  /** The former secret that signs the longest. */
  formerSecretUntil(moment: Date): Date | null {
    const ends = this.secrets.flatMap(({ until }) => (until === null ? [] : [new Date(until)])).filter((end) => end > moment);
    return ends.length === 0 ? null : new Date(Math.max(...ends.map((end) => end.getTime())));
  }
}

/** What stands before the query: people put keys there. */
export const addressOf = (url: string): string => url.split('?')[0] ?? '';
