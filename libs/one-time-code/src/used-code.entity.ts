import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('used_code')
export class UsedCode {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text', { name: 'code_hash' })
  codeHash!: string;

  @Column('text')
  claim!: string;

  /** Null once WeChat accepted the code. Until then the request holds it no longer than this, even if its process dies. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  @Index('used_code_age')
  @Column('timestamptz', { name: 'claimed_at', default: () => 'now()' })
  claimedAt!: Date;
}
