import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { PushOrigin } from './push-origin.js';

/** Pushes to an app that were refused within an hour for one reason. The view `judged_refusal` tells which count against it. */
@Entity('refused_push')
export class RefusedPush {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('timestamptz')
  @Index('refused_push_age')
  hour!: Date;

  @PrimaryColumn('text')
  reason!: string;

  @PrimaryColumn('text')
  origin!: PushOrigin;

  @Column('bigint')
  count!: string;

  @Column('timestamptz', { name: 'first_at' })
  firstAt!: Date;

  @Column('timestamptz', { name: 'last_at' })
  lastAt!: Date;
}
