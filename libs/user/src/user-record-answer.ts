import { Appid, Flag, Openid, Part, Text, Time, Unionid, Whole } from '#api';
import type { WechatUser } from './wechat-user.entity.js';

export class ProfileAnswer {
  @Text({ example: '王小明' }) nickname!: string;
  @Whole('0: not told, as always since the end of 2021', { example: 0 }) sex!: number;
  @Text({ example: '' }) province!: string;
  @Text({ example: '' }) city!: string;
  @Text({ example: '' }) country!: string;
  @Text('Dies when the person changes their picture', { example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/…/132' })
  headimgurl!: string;
}

/** What the gateway keeps of a person at one app. */
export class UserRecordAnswer {
  @Appid() appid!: string;
  @Openid() openid!: string;
  @Unionid({ nullable: true }) unionid!: string | null;
  @Flag('Null until WeChat has said so', { nullable: true, example: true }) follows!: boolean | null;
  @Time('When they last began, or ceased, to follow', { nullable: true }) follows_since!: string | null;
  @Part(ProfileAnswer, 'As web authorisation last showed them', { nullable: true }) profile!: ProfileAnswer | null;
  @Time('When that was', { nullable: true }) profile_as_of!: string | null;
  @Time() first_seen_at!: string;
  @Time() last_seen_at!: string;
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
