import type { Scope } from '#access';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type WebhookFormat = 'standard' | 'wechat';
export type DisabledBecause = 'asked' | 'gone' | 'failing' | 'key_ended';

/** How long a webhook's deliveries are held after its key has ended, for a key that adopts it. */
export const heldDays = 3;

/** A secret that signs: the newest, or a former one until it ends. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: string;
  readonly until: string | null;
}

/** The secrets that sign and encrypt a relayed push. */
export interface SealedRelay {
  readonly id: string;
  readonly token: string;
  readonly encodingAesKey: string;
}

@Entity('webhook')
export class Webhook {
  @PrimaryColumn('text')
  id!: string;

  /** Its key: it may have what the key may have, and stops with it. Null if it is older than this rule. */
  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  /** Scopes that its key need not have: it lacked them when they were not needed yet, and did not get them since. */
  @Column('text', { name: 'waived_scopes', array: true, default: '{}' })
  waivedScopes!: Scope[];

  /** Without its query, where keys may stand: what people are shown. */
  @Column('text')
  url!: string;

  /** Where it is sent to, whole; null where release 0.1.0 wrote the address, until it is sealed. */
  @Column('text', { name: 'sealed_url', nullable: true })
  sealedUrl!: string | null;

  /** `*` means every app, including later ones. */
  @Column('text', { array: true })
  appids!: string[];

  /** `message.text`, `message.*`, `*`. */
  @Column('text', { array: true })
  types!: string[];

  @Column('text', { default: '' })
  description!: string;

  @Column('text')
  format!: WebhookFormat;

  @Column('boolean')
  replies!: boolean;

  /** Older events are not sent to it. */
  @Column('integer', { name: 'max_age_seconds', nullable: true })
  maxAgeSeconds!: number | null;

  @Column('boolean', { default: true })
  enabled!: boolean;

  @Column('text', { name: 'disabled_because', nullable: true })
  disabledBecause!: DisabledBecause | null;

  /** Since then every attempt has failed. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  /** When its key ended. It has a meaning only if the webhook is disabled for that. */
  @Column('timestamptz', { name: 'key_ended_at', nullable: true })
  keyEndedAt!: Date | null;

  @Column('jsonb')
  secrets!: SealedSecret[];

  @Column('jsonb', { nullable: true })
  relay!: SealedRelay | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** A copy of `webhook_takes` in the database, which decides. This one is a guess before the database is asked. */
  takes(appid: string, type: string): boolean {
    const isOf = (list: string[], ...names: string[]): boolean => ['*', ...names].some((name) => list.includes(name));
    return isOf(this.appids, appid) && isOf(this.types, type, `${type.split('.')[0] ?? ''}.*`);
  }

  /** The end of the time for which its deliveries are held for an adopter. */
  heldUntil(): Date | null {
    if (this.disabledBecause !== 'key_ended' || this.keyEndedAt === null) return null;
    return new Date(this.keyEndedAt.getTime() + heldDays * 86_400_000);
  }

  /** The end of the former secret that signs the longest. */
  formerSecretUntil(moment: Date): Date | null {
    const ends = this.secrets.flatMap(({ until }) => (until === null ? [] : [new Date(until)])).filter((end) => end > moment);
    return ends.length === 0 ? null : new Date(Math.max(...ends.map((end) => end.getTime())));
  }
}

/** The part before the query, because people put keys there. */
export const addressOf = (url: string): string => url.split('?')[0] ?? '';
