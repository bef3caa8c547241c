import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That the quotas of an app were cleared through us. */
@Entity('quota_clearing')
export class QuotaClearing {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('timestamptz', { name: 'cleared_at', default: () => 'now()' })
  clearedAt!: Date;

  @Column('text', { name: 'cleared_by' })
  clearedBy!: string;
}
