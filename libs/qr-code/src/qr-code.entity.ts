import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('qr_code')
export class QrCode {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  ticket!: string;

  @Column('text')
  url!: string;

  /** Null: it never expires. */
  @Index('qr_code_end')
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
