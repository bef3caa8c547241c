import type { AuthorizerDetails } from '#wechat';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What WeChat says about an authorizer, besides what has its own column. */
export type KeptDetails = Omit<AuthorizerDetails, 'authorizer' | 'refreshToken' | 'granted' | 'userName'>;

/** An authorizer, and the platform that speaks for it. */
export interface Whose {
  readonly appid: string;
  readonly platform: string;
}

/** What an authorizer allowed a platform, with its refresh token. */
@Entity('platform_authorization')
@Index('platform_authorization_platform', ['platform', 'appid'])
export class PlatformAuthorization {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  platform!: string;

  @Column('boolean')
  stands!: boolean;

  /** WeChat's time of this state. Older news changes nothing. */
  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;

  @Column('text', { name: 'sealed_refresh_token', nullable: true })
  sealedRefreshToken!: string | null;

  @Column('timestamptz', { name: 'refresh_kept_at', nullable: true })
  refreshKeptAt!: Date | null;

  /** Since when WeChat refuses the refresh token and names no other. */
  @Column('timestamptz', { name: 'lost_at', nullable: true })
  lostAt!: Date | null;

  @Column('integer', { array: true, default: '{}' })
  granted!: number[];

  @Column('text', { name: 'user_name', nullable: true })
  userName!: string | null;

  @Column('jsonb', { nullable: true })
  details!: KeptDetails | null;

  @Column('timestamptz', { name: 'details_due_at', nullable: true })
  detailsDueAt!: Date | null;

  get state(): AuthorizationState {
    if (!this.stands) return 'revoked';
    return this.lostAt || this.sealedRefreshToken === null ? 'lost' : 'authorized';
  }
}

export const authorizationStates = ['authorized', 'revoked', 'lost'] as const;
export type AuthorizationState = (typeof authorizationStates)[number];
