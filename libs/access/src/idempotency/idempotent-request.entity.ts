import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A request that its caller may repeat. If it has no answer, it is still running, or its process died. */
@Entity('idempotent_request')
export class IdempotentRequest {
  @PrimaryColumn('text')
  caller!: string;

  @PrimaryColumn('text')
  route!: string;

  @PrimaryColumn('text')
  key!: string;

  @Column('text', { name: 'body_hash' })
  bodyHash!: string;

  @Column('text')
  attempt!: string;

  @Column('timestamptz', { name: 'held_until' })
  heldUntil!: Date;

  @Column('text', { name: 'sealed_answer', nullable: true })
  sealedAnswer!: string | null;

  @Index('idempotent_request_age')
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
