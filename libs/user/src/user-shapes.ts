import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOpaque, exampleOpenid, opaquePattern } from '#api';
import { type Language, type PersonFacts, languages } from '#wechat';
import { Type as Convert } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

const inLanguage = { description: 'The language of places', enum: languages, default: 'zh_CN' } as const;

export class InLanguage {
  @ApiPropertyOptional(inLanguage)
  @IsOptional()
  @IsIn(languages)
  lang: Language = 'zh_CN';
}

export class UsersRequest extends InLanguage {
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: 100,
    items: { type: 'string', pattern: opaquePattern.source },
    example: [exampleOpenid],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsOpaque({ each: true })
  openids!: string[];
}

export class FollowersQuery {
  @ApiPropertyOptional({ description: 'How many at most', type: 'integer', minimum: 1, maximum: 10_000, default: 10_000 })
  @IsOptional()
  @Convert(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  limit: number = 10_000;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before', pattern: '^[A-Za-z0-9_-]{1,700}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,700}$/, { message: 'must be the next_cursor of an earlier page' })
  cursor?: string;
}

const text = (description: string, example = ''): PropertyDecorator => ApiPropertyOptional({ description, example });
const whole = (description: string, example: number): PropertyDecorator =>
  ApiPropertyOptional({ description, type: 'integer', example });

export class UserAnswer {
  @ApiProperty({ description: '1: follows the account; 0: does not, and then most of the rest is missing', enum: [0, 1] })
  subscribe!: 0 | 1;

  @ApiProperty({ example: exampleOpenid })
  openid!: string;

  @ApiProperty({
    description: 'The same for all apps of one open-platform account; null where the app is bound to none',
    type: String,
    nullable: true,
    example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW',
  })
  unionid!: string | null;

  @ApiProperty({ description: 'The tags the account gave the person', type: [Number], example: [2, 101] })
  tagid_list!: number[];

  @text('Blank since the end of 2021')
  nickname?: string;

  @whole('0 since the end of 2021', 0)
  sex?: number;

  @text('The language of their WeChat', 'zh_CN')
  language?: string;

  @text('Blank since the end of 2021')
  city?: string;

  @text('Blank since the end of 2021')
  province?: string;

  @text('Blank since the end of 2021')
  country?: string;

  @text('Blank since the end of 2021')
  headimgurl?: string;

  @whole('Unix seconds of the latest follow', 1_641_364_601)
  subscribe_time?: number;

  @text('What the operator of the account noted')
  remark?: string;

  @whole('The group of the days before tags', 0)
  groupid?: number;

  @text('How they came to follow: `ADD_SCENE_SEARCH`, `ADD_SCENE_QR_CODE`, … WeChat adds further ones', 'ADD_SCENE_QR_CODE')
  subscribe_scene?: string;

  @whole('The integer scene of the code they came by; 0: none', 0)
  qr_scene?: number;

  @text('The text scene of the code they came by', 'shop-17')
  qr_scene_str?: string;
}

export class UsersAnswer {
  @ApiProperty({ type: [UserAnswer] })
  items!: UserAnswer[];
}

export class Follower {
  @ApiProperty({ example: exampleOpenid })
  openid!: string;
}

export class FollowersPage {
  @ApiProperty({ type: [Follower] })
  items!: Follower[];

  @ApiProperty({ type: String, nullable: true, description: 'Pass as `cursor` for the next page; null on the last one' })
  next_cursor!: string | null;

  @ApiProperty({ description: 'All followers of the account', type: 'integer', example: 20_417 })
  total!: number;
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
