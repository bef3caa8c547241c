import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type Confirmation = 'page' | 'none';
export type KeptStatus = 'pending' | 'scanned' | 'confirmed' | 'redeemed' | 'denied' | 'cancelled';
/** A login goes one way only: pending, scanned, confirmed, redeemed, or one of the three that end it. */
export type LoginStatus = KeptStatus | 'expired';

/** What the person sees before they agree. */
export interface LoginContext {
  readonly application?: string;
  readonly ip?: string;
  readonly user_agent?: string;
  /** Only for a login page, which shows the digits too. */
  readonly digits?: string;
}

/** One attempt of one browser to log in. */
@Entity('qr_login')
@Index('qr_login_scene', ['appid', 'scene'], { unique: true })
@Index('qr_login_attempt', ['appid', 'attemptId', 'round'], { unique: true, where: 'attempt_id IS NOT NULL' })
@Index('qr_login_rate', ['keyId', 'createdAt'])
export class QrLogin {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  @Index('qr_login_id', { unique: true })
  id!: string;

  @Column('text', { name: 'key_id' })
  keyId!: string;

  @Column('text', { name: 'binding_hash' })
  bindingHash!: string;

  /** For a login page: the attempt of the browser that shows it. */
  @Column('text', { name: 'attempt_id', nullable: true })
  attemptId!: string | null;

  /** The number of the code on its page, from 1. */
  @Column('integer', { nullable: true })
  round!: number | null;

  @Column('text')
  scene!: string;

  @Column('text', { name: 'qr_content' })
  qrContent!: string;

  @Column('text')
  confirm!: Confirmation;

  @Column('jsonb')
  context!: LoginContext;

  @Column('text', { default: 'pending' })
  status!: KeptStatus;

  @Column('text', { nullable: true })
  openid!: string | null;

  @Column('integer', { default: 0 })
  refusals!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  @Index('qr_login_age')
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'scanned_at', nullable: true })
  scannedAt!: Date | null;

  @Column('timestamptz', { name: 'code_until', nullable: true })
  codeUntil!: Date | null;
}
