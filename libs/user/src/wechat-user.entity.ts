import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How a person looked at their last web authorisation. */
export interface Profile {
  readonly nickname: string;
  readonly sex: number;
  readonly province: string;
  readonly city: string;
  readonly country: string;
  readonly headimgurl: string;
}

@Entity('wechat_user')
export class WechatUser {
  @PrimaryColumn('text')
  appid!: string;

  @PrimaryColumn('text')
  openid!: string;

  @Index('wechat_user_unionid', { where: 'unionid IS NOT NULL' })
  @Column('text', { nullable: true })
  unionid!: string | null;

  /** Null until WeChat has told. */
  @Column('boolean', { nullable: true })
  follows!: boolean | null;

  @Column('timestamptz', { name: 'follows_since', nullable: true })
  followsSince!: Date | null;

  @Column('timestamptz', { name: 'follows_as_of', nullable: true })
  followsAsOf!: Date | null;

  @Column('jsonb', { nullable: true })
  profile!: Profile | null;

  @Column('timestamptz', { name: 'profile_as_of', nullable: true })
  profileAsOf!: Date | null;

  @Column('timestamptz', { name: 'first_seen_at', default: () => 'now()' })
  firstSeenAt!: Date;

  @Column('timestamptz', { name: 'last_seen_at', default: () => 'now()' })
  lastSeenAt!: Date;
}
