import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Counts of calls to WeChat, by app, day in China, API and caller. */
@Entity('call_use')
export class CallUse {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('date')
  @Index('call_use_age')
  day!: string;

  @PrimaryColumn('text')
  api!: string;

  /** `key:…`, `admin`, or `gateway` for calls that it makes by itself. */
  @PrimaryColumn('text')
  caller!: string;

  @Column('bigint')
  calls!: string;

  /** How many of them failed. */
  @Column('bigint')
  failures!: string;
}
