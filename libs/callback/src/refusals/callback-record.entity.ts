import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('callback_record')
export class CallbackRecord {
  @PrimaryColumn('text')
  appid!: string;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;

  /** Refused pushes of unknown origin since the last accepted one. */
  @Column('bigint', { default: 0 })
  refused!: string;

  @Column('timestamptz', { name: 'refused_first', nullable: true })
  refusedFirst!: Date | null;

  @Column('timestamptz', { name: 'refused_last', nullable: true })
  refusedLast!: Date | null;
}
