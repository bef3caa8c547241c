import { ApiProperty } from '@nestjs/swagger';
import { OneOf, Openid, Parts, Text, Texts, Unionid, Whole, exampleOpenid, opaquePattern } from '#api';
import { type Language, type PersonFacts, languages } from '#wechat';

export class InLanguage {
  @OneOf(languages, 'The language of places', { optional: 'or null', default: 'zh_CN' }) lang: Language = 'zh_CN';
}

export class UsersRequest extends InLanguage {
  @Texts({
    min: 1,
    max: 100,
    pattern: opaquePattern,
    message: 'must hold openids of 1 to 512 printable characters',
    example: [exampleOpenid],
  })
  openids!: string[];
}

export class FollowersQuery {
  @Whole('How many at most', { optional: true, min: 1, max: 10_000, inQuery: true, default: 10_000 }) limit: number = 10_000;
  @Text('`next_cursor` of the page before', {
    optional: true,
    pattern: /^[A-Za-z0-9_-]{1,700}$/,
    message: 'must be the next_cursor of an earlier page',
  })
  cursor?: string;
}

const text = (description: string, example = ''): PropertyDecorator => Text(description, { optional: true, example });
const whole = (description: string, example: number): PropertyDecorator => Whole(description, { optional: true, example });

export class UserAnswer {
  @OneOf([0, 1], '1: follows the account; 0: does not, and then most of the rest is missing') subscribe!: 0 | 1;
  @Openid() openid!: string;
  @Unionid('The same for all apps of one open-platform account; null where the app is bound to none', { nullable: true })
  unionid!: string | null;

  @ApiProperty({ description: 'The tags the account gave the person', type: [Number], example: [2, 101] })
  tagid_list!: number[];
  @text('Blank since the end of 2021') nickname?: string;
  @whole('0 since the end of 2021', 0) sex?: number;
  @text('The language of their WeChat', 'zh_CN') language?: string;
  @text('Blank since the end of 2021') city?: string;
  @text('Blank since the end of 2021') province?: string;
  @text('Blank since the end of 2021') country?: string;
  @text('Blank since the end of 2021') headimgurl?: string;
  @whole('Unix seconds of the latest follow', 1_641_364_601) subscribe_time?: number;
  @text('What the operator of the account noted') remark?: string;
  @whole('The group of the days before tags', 0) groupid?: number;
  @text('How they came to follow: `ADD_SCENE_SEARCH`, `ADD_SCENE_QR_CODE`, … WeChat adds further ones', 'ADD_SCENE_QR_CODE')
  subscribe_scene?: string;
  @whole('The integer scene of the code they came by; 0: none', 0) qr_scene?: number;
  @text('The text scene of the code they came by', 'shop-17') qr_scene_str?: string;
}

export class UsersAnswer {
  @Parts(UserAnswer) items!: UserAnswer[];
}

export class Follower {
  @Openid() openid!: string;
}

export class FollowersPage {
  @Parts(Follower) items!: Follower[];
  @Text('Pass as `cursor` for the next page; null on the last one', { nullable: true }) next_cursor!: string | null;
  @Whole('All followers of the account', { example: 20_417 }) total!: number;
}

export function userAnswer({ openid, unionid, follows }: PersonFacts): UserAnswer {
  if (!follows) return { subscribe: 0, openid, unionid, tagid_list: [] };
  return {
    subscribe: 1,
    openid,
    nickname: follows.nickname,
    sex: follows.sex,
    language: follows.language,
    city: follows.city,
    province: follows.province,
    country: follows.country,
    headimgurl: follows.headimgurl,
    subscribe_time: follows.since,
    unionid,
    remark: follows.remark,
    groupid: follows.groupId,
    tagid_list: [...follows.tagIds],
    subscribe_scene: follows.scene,
    qr_scene: follows.qrScene,
    qr_scene_str: follows.qrSceneText,
  };
}
