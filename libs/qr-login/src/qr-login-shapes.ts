import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { exampleAppid, exampleOpenid } from '#api';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsIP, IsObject, IsOptional, Length, Matches, Max, Min, ValidateIf, ValidateNested } from 'class-validator';
import type { Confirmation, LoginStatus } from './qr-login.entity.js';

export const exampleLoginId = 'qrl_4fGh7Kq2LmN8pR1sT6vX0z';
const visible = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
export const bindingPattern = /^[\x21-\x7e]{1,200}$/;
const given = (_: unknown, value: unknown): boolean => value !== undefined;

export class ContextPart {
  @ApiPropertyOptional({ description: 'What the person logs in to', example: '示例商城' })
  @IsOptional()
  @Matches(visible, { message: 'must be 1 to 200 characters' })
  application?: string;

  @ApiPropertyOptional({ description: 'The address of the browser', example: '203.0.113.7' })
  @IsOptional()
  @IsIP(undefined, { message: 'must be an IP address' })
  ip?: string;

  @ApiPropertyOptional({ description: 'The User-Agent of the browser', example: 'Mozilla/5.0 (Windows NT 10.0)' })
  @IsOptional()
  @Length(1, 500)
  @Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: 'must not hold control characters' })
  user_agent?: string;
}

export class LoginRequest {
  @ApiProperty({
    description: 'A hash of the browser session that asked: ties the login to that browser, and must be shown again to redeem it',
    pattern: bindingPattern.source,
    example: '9f86d081884c7d659a2feaa0c55ad015',
  })
  @Matches(bindingPattern, { message: 'must be 1 to 200 printable ASCII characters' })
  binding!: string;

  @ApiPropertyOptional({ description: 'How long the code is good', type: 'integer', minimum: 30, maximum: 600, default: 120 })
  @ValidateIf(given)
  @IsInt()
  @Min(30)
  @Max(600)
  ttl_seconds: number = 120;

  @ApiPropertyOptional({
    description:
      '`page`: the person agrees on a page inside WeChat. `none`: the scan is enough, and nothing warns of a code that somebody else shows them',
    enum: ['page', 'none'],
    default: 'page',
  })
  @ValidateIf(given)
  @IsIn(['page', 'none'])
  confirm: Confirmation = 'page';

  @ApiPropertyOptional({ type: ContextPart, description: 'What the person is shown before they agree' })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => ContextPart)
  context?: ContextPart;
}

const statuses: LoginStatus[] = ['pending', 'scanned', 'confirmed', 'redeemed', 'expired', 'denied', 'cancelled'];
const time = { type: String, format: 'date-time', example: '2026-01-31T12:02:00.000Z' } as const;

export class LoginStateAnswer {
  @ApiProperty({ example: exampleLoginId })
  id!: string;

  @ApiProperty({ enum: statuses, example: 'pending' })
  status!: LoginStatus;

  @ApiProperty(time)
  expires_at!: string;

  @ApiPropertyOptional({ description: 'While `confirmed`: for your server, which redeems it', example: `${exampleLoginId}.h8Q…` })
  login_code?: string;
}

export class NewLoginAnswer {
  @ApiProperty({ example: exampleLoginId })
  id!: string;

  @ApiProperty({ enum: statuses, example: 'pending' })
  status!: LoginStatus;

  @ApiProperty({
    description: 'What the code says, to draw it yourself',
    example: 'http://weixin.qq.com/q/02i_CE54ZYc4E1kHQ9xwcQ',
  })
  qr_content!: string;

  @ApiProperty({ description: 'The code, drawn', example: '<svg …/>' })
  qr_svg!: string;

  @ApiProperty({ description: 'For the browser: it sees the status with it and nothing else', example: `${exampleLoginId}.Zk3…` })
  poll_token!: string;

  @ApiProperty(time)
  expires_at!: string;
}

export class RedeemRequest {
  @ApiProperty({
    description: 'From the browser',
    pattern: '^[\\x21-\\x7e]{1,200}$',
    example: `${exampleLoginId}.h8Q2kYwN1vT5xE0dLrPz7mCjBaUoS9gFiH4WnX6qKtM`,
  })
  @Matches(/^[\x21-\x7e]{1,200}$/, { message: 'must be 1 to 200 printable ASCII characters' })
  login_code!: string;

  @ApiProperty({
    description: 'Of the session that the browser has with you',
    pattern: bindingPattern.source,
    example: '9f86d081884c7d659a2feaa0c55ad015',
  })
  @Matches(bindingPattern, { message: 'must be 1 to 200 printable ASCII characters' })
  binding!: string;
}

export class LoggedInUser {
  @ApiProperty({ example: '王小明' })
  nickname!: string;

  @ApiProperty({ example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/…/132' })
  headimgurl!: string;
}

export class RedeemedAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ example: exampleOpenid })
  openid!: string;

  @ApiProperty({ type: String, nullable: true, example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW' })
  unionid!: string | null;

  @ApiProperty({
    type: LoggedInUser,
    nullable: true,
    description: 'As web authorisation last showed them; null where it never did',
  })
  user!: LoggedInUser | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:01:07.000Z' })
  scanned_at!: string;
}
