import { ApiProperty } from '@nestjs/swagger';
import { exampleAppid, exampleOpenid } from '#api';
import type { WechatUser } from './wechat-user.entity.js';

export class ProfileAnswer {
  @ApiProperty({ example: '王小明' })
  nickname!: string;

  @ApiProperty({ description: '0: not told, as always since the end of 2021', type: 'integer', example: 0 })
  sex!: number;

  @ApiProperty({ example: '' })
  province!: string;

  @ApiProperty({ example: '' })
  city!: string;

  @ApiProperty({ example: '' })
  country!: string;

  @ApiProperty({
    description: 'Dies when the person changes their picture',
    example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/…/132',
  })
  headimgurl!: string;
}

const time = { type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' } as const;

/** What the gateway keeps of a person at one app. */
export class UserRecordAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ example: exampleOpenid })
  openid!: string;

  @ApiProperty({ type: String, nullable: true, example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW' })
  unionid!: string | null;

  @ApiProperty({ description: 'Null until WeChat has said so', type: Boolean, nullable: true, example: true })
  follows!: boolean | null;

  @ApiProperty({ ...time, description: 'When they last began, or ceased, to follow' })
  follows_since!: string | null;

  @ApiProperty({ type: ProfileAnswer, nullable: true, description: 'As web authorisation last showed them' })
  profile!: ProfileAnswer | null;

  @ApiProperty({ ...time, description: 'When that was' })
  profile_as_of!: string | null;

  @ApiProperty({ ...time, nullable: false })
  first_seen_at!: string;

  @ApiProperty({ ...time, nullable: false })
  last_seen_at!: string;
}

export const userRecordAnswer = (user: WechatUser): UserRecordAnswer => ({
  appid: user.appid,
  openid: user.openid,
  unionid: user.unionid,
  follows: user.follows,
  follows_since: user.followsSince?.toISOString() ?? null,
  profile: user.profile && {
    nickname: user.profile.nickname,
    sex: user.profile.sex,
    province: user.profile.province,
    city: user.profile.city,
    country: user.profile.country,
    headimgurl: user.profile.headimgurl,
  },
  profile_as_of: user.profileAsOf?.toISOString() ?? null,
  first_seen_at: user.firstSeenAt.toISOString(),
  last_seen_at: user.lastSeenAt.toISOString(),
});
