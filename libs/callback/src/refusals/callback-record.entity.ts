import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What came last to the callback of an app. */
@Entity('callback_record')
export class CallbackRecord {
  @PrimaryColumn('text')
  appid!: string;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;

  /** Of unknown origin, since a push was accepted. */
  @Column('bigint', { default: 0 })
  refused!: string;

  @Column('timestamptz', { name: 'refused_first', nullable: true })
  refusedFirst!: Date | null;

  @Column('timestamptz', { name: 'refused_last', nullable: true })
  refusedLast!: Date | null;
}
