import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a person allowed an app, with its tokens. Without tokens it has ended. */
@Entity('web_authorization')
export class WebAuthorization {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  openid!: string;

  /** Comma-separated, as WeChat writes it. */
  @Column('text')
  scope!: string;

  @Column('text', { name: 'sealed_access_token', nullable: true })
  sealedAccessToken!: string | null;

  @Column('timestamptz', { name: 'access_expires_at', nullable: true })
  accessExpiresAt!: Date | null;

  @Column('text', { name: 'sealed_refresh_token', nullable: true })
  sealedRefreshToken!: string | null;

  @Column('timestamptz', { name: 'authorized_at', default: () => 'now()' })
  authorizedAt!: Date;

  @Column('timestamptz', { name: 'renewed_at', default: () => 'now()' })
  renewedAt!: Date;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  /** Counts claims, renewals and consents. A writer with an older number was overtaken and may not save. */
  @Column('bigint', { default: 0 })
  fence!: string;

  get showsProfile(): boolean {
    return this.scope.split(',').some((one) => one === 'snsapi_userinfo' || one === 'snsapi_login');
  }
}
