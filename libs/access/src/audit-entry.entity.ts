import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One change that an administrator made. A trigger refuses to change or remove it. */
@Entity('audit_entry')
@Index('audit_entry_appid', ['appid', 'id'])
export class AuditEntry {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  id!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('text')
  actor!: string;

  @Column('text')
  action!: string;

  @Column('text', { nullable: true })
  appid!: string | null;

  @Column('text')
  subject!: string;

  @Column('jsonb')
  details!: object;

  @Column('text')
  address!: string;

  @Column('text', { name: 'request_id' })
  requestId!: string;
}
