import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A reset of an app's quotas that went through us. */
@Entity('quota_clearing')
export class QuotaClearing {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('timestamptz', { name: 'cleared_at', default: () => 'now()' })
  clearedAt!: Date;

  @Column('text', { name: 'cleared_by' })
  clearedBy!: string;
}
