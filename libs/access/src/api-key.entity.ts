import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Scope } from './scope.js';

@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { name: 'secret_hash' })
  secretHash!: string;

  /** The secret before the last rotation, valid until `formerSecretUntil`. */
  @Column('text', { name: 'former_secret_hash', nullable: true })
  formerSecretHash!: string | null;

  @Column('timestamptz', { name: 'former_secret_until', nullable: true })
  formerSecretUntil!: Date | null;

  /** `*` alone means every app. */
  @Column('text', { array: true })
  appids!: string[];

  @Column('text', { array: true })
  scopes!: Scope[];

  /** Web pages that may talk to a login begun with this key, and embed it. */
  @Column('text', { array: true, default: '{}' })
  origins!: string[];

  /** The key works only from these addresses and ranges; an empty list allows every address. */
  @Column('text', { name: 'allowed_addresses', array: true, default: '{}' })
  allowedAddresses!: string[];

  /** Requests a minute on each replica. */
  @Column('integer', { name: 'rate_limit', nullable: true })
  rateLimit!: number | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  holds(scope: Scope): boolean {
    return this.scopes.includes(scope);
  }

  holdsApp(appid: string): boolean {
    return this.appids.includes('*') || this.appids.includes(appid);
  }

  livesAt(moment: Date): boolean {
    return this.expiresAt === null || moment < this.expiresAt;
  }

  /** Hashes of the secrets that are valid at that moment: the present one and, during the overlap, the former one. */
  secretHashesAt(moment: Date): string[] {
    const { formerSecretHash: former, formerSecretUntil: end } = this;
    return former !== null && end !== null && moment < end ? [this.secretHash, former] : [this.secretHash];
  }
}
