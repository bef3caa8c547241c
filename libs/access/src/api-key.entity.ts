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

  /** `*` alone means every app. */
  @Column('text', { array: true })
  appids!: string[];

  @Column('text', { array: true })
  scopes!: Scope[];

  /** Web pages that may talk to a login begun with this key, and embed it. */
  @Column('text', { array: true, default: '{}' })
  origins!: string[];

  /** Requests a minute on each replica. */
  @Column('integer', { name: 'rate_limit', nullable: true })
  rateLimit!: number | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
