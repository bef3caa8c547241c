import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOpaque, exampleOpenid, opaquePattern } from '#api';
import { type Language, type WebProfile, languages } from '#wechat';
import { IsIn, IsOptional, ValidateIf } from 'class-validator';
import type { WebLogin } from './web-login.js';

const exampleUnionid = 'oXyZ01bCdEfGhIjKlMnOpQrStUvW';

export class InLanguage {
  @ApiPropertyOptional({ description: 'The language of places', enum: languages, default: 'zh_CN' })
  @IsOptional()
  @IsIn(languages)
  lang: Language = 'zh_CN';
}

export class CodeExchangeRequest extends InLanguage {
  @ApiPropertyOptional({
    description:
      'What WeChat sent the person back with, or the login window gave (`wxgc_…`). Without one they refused: 400 `code_missing`',
    type: String,
    nullable: true,
    pattern: opaquePattern.source,
    example: '0611AjGa1GqOBI0xgMHa1ewUsg11AjG7',
  })
  // A person who refused comes back without one, which deserves an answer of its own.
  @ValidateIf(({ code }: CodeExchangeRequest) => code !== undefined && code !== null && code !== '')
  @IsOpaque()
  code?: string | null;
}

/** A person as web authorisation shows them: WeChat's own fields. */
export class WebUserAnswer {
  @ApiProperty({ example: exampleOpenid })
  openid!: string;

  @ApiProperty({ example: '王小明' })
  nickname!: string;

  @ApiProperty({ description: '1 male, 2 female, 0 not told, as always since the end of 2021', type: 'integer', example: 0 })
  sex!: number;

  @ApiProperty({ description: 'Blank since the end of 2021', example: '' })
  province!: string;

  @ApiProperty({ description: 'Blank since the end of 2021', example: '' })
  city!: string;

  @ApiProperty({ description: 'Blank since the end of 2021', example: '' })
  country!: string;

  @ApiProperty({
    description:
      'Its last part is the size: 0 (640), 46, 64, 96 or 132. It dies when the person changes their picture; empty without one',
    example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTL/132',
  })
  headimgurl!: string;

  @ApiProperty({ type: [String], example: [] })
  privilege!: string[];

  @ApiProperty({ type: String, nullable: true, example: exampleUnionid })
  unionid!: string | null;
}

export class ExchangeAnswer {
  @ApiProperty({ example: exampleOpenid })
  openid!: string;

  @ApiProperty({
    description: 'The same for all apps of one open-platform account; null with `snsapi_base`, or where the app is bound to none',
    type: String,
    nullable: true,
    example: exampleUnionid,
  })
  unionid!: string | null;

  @ApiProperty({ description: 'What the person allowed', example: 'snsapi_userinfo' })
  scope!: string;

  @ApiProperty({ description: 'A made-up person: the page is shown as a snapshot. Bind nothing to them', example: false })
  is_snapshot_user!: boolean;

  @ApiProperty({
    description: 'Null for `snsapi_base`; also where WeChat did not give it in time: ask `…/oauth/users/{openid}` again',
    type: WebUserAnswer,
    nullable: true,
  })
  user!: WebUserAnswer | null;
}

export class AuthorizationStanding {
  @ApiProperty({ example: true })
  valid!: boolean;
}

export const webUserAnswer = (profile: WebProfile): WebUserAnswer => ({
  openid: profile.openid,
  nickname: profile.nickname,
  sex: profile.sex,
  province: profile.province,
  city: profile.city,
  country: profile.country,
  headimgurl: profile.headimgurl,
  privilege: [...profile.privilege],
  unionid: profile.unionid,
});

export const exchangeAnswer = (login: WebLogin): ExchangeAnswer => ({
  openid: login.openid,
  unionid: login.unionid,
  scope: login.scope,
  is_snapshot_user: login.isSnapshot,
  user: login.profile && webUserAnswer(login.profile),
});
