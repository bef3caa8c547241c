import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('used_code')
export class UsedCode {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text', { name: 'code_hash' })
  codeHash!: string;

  @Column('text')
  claim!: string;

  /** Null once WeChat has taken the code; until then a request whose process died holds it no longer than this. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  @Index('used_code_age')
  @Column('timestamptz', { name: 'claimed_at', default: () => 'now()' })
  claimedAt!: Date;
}
