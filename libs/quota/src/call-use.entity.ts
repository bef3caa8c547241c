import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Calls to WeChat in sums: by app, day of China, API and caller. */
@Entity('call_use')
export class CallUse {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('date')
  @Index('call_use_age')
  day!: string;

  @PrimaryColumn('text')
  api!: string;

  /** `key:…`, `admin`, or `gateway` for what it does of its own accord. */
  @PrimaryColumn('text')
  caller!: string;

  @Column('bigint')
  calls!: string;

  /** Of these, the ones that did not succeed. */
  @Column('bigint')
  failures!: string;
}
