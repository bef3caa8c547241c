import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type AttemptKind = 'login_page' | 'popup' | 'platform_link';

/** What a service began for one browser: a login page, a login window, or a link by which an account authorises a platform. */
@Entity('browser_attempt')
@Index('browser_attempt_person', ['appid', 'openid'], { where: 'openid IS NOT NULL' })
export class BrowserAttempt {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  kind!: AttemptKind;

  /** The key that began it. Nobody else learns who it was. */
  @Column('text', { name: 'key_id' })
  keyId!: string;

  /** The origin of the page that frames or opened it. No other origin gets a message. */
  @Column('text', { nullable: true })
  origin!: string | null;

  @Column('text', { name: 'return_to', nullable: true })
  returnTo!: string | null;

  @Column('text')
  state!: string;

  @Column('text', { name: 'binding_hash', nullable: true })
  bindingHash!: string | null;

  /** A hash of the owner's cookie; null until a browser has opened it. */
  @Column('text', { name: 'cookie_hash', nullable: true })
  cookieHash!: string | null;

  /** Until it is opened: the time by which it must be. Then: its end. */
  @Column('timestamptz', { name: 'expires_at' })
  @Index('browser_attempt_age')
  expiresAt!: Date;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column('text', { nullable: true })
  openid!: string | null;

  @Column('text', { name: 'sealed_result', nullable: true })
  sealedResult!: string | null;

  @Column('timestamptz', { name: 'code_until', nullable: true })
  codeUntil!: Date | null;

  @Column('timestamptz', { name: 'redeemed_at', nullable: true })
  redeemedAt!: Date | null;

  @Column('integer', { default: 0 })
  refusals!: number;
}
