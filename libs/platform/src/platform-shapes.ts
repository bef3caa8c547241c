import { ApiParam, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsAppid, appidPattern, exampleAppid } from '#api';
import { permissionSet } from '#wechat';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { type AuthorizationState, type PlatformAuthorization, authorizationStates } from './platform-authorization.entity.js';
import { type Difference, type DifferenceKind, type Platform, type TicketAlarm, differenceKinds } from './platform.entity.js';
import { lifeSeconds } from './ticket-watch.js';

/** An appid in a path under another name than the app that the key must hold. */
export const ApiAppidNamed = (name: string, description: string): MethodDecorator & ClassDecorator =>
  ApiParam({ name, description, schema: { type: 'string', pattern: appidPattern.source, example: exampleAppid } });

const accountTypes = ['official_account', 'mini_program', 'both', 'promoter', 'channels', 'all', 'talent'] as const;
type AccountType = (typeof accountTypes)[number];
/** WeChat's numbers. */
const authTypes: Record<AccountType, number> = {
  official_account: 1,
  mini_program: 2,
  both: 3,
  promoter: 4,
  channels: 5,
  all: 6,
  talent: 8,
};
export const authTypeOf = (type: AccountType): number => authTypes[type];

export class AuthorizationLinkOrder {
  @ApiPropertyOptional({
    description: "What sort of account may be chosen: WeChat's auth_type by name",
    enum: accountTypes,
    default: 'both',
    example: 'both',
  })
  @IsOptional()
  @IsIn(accountTypes, { message: `must be one of ${accountTypes.join(', ')}` })
  auth_type?: AccountType | null;

  @ApiPropertyOptional({
    description: 'Only this account; wins over auth_type',
    type: String,
    nullable: true,
    pattern: appidPattern.source,
    example: exampleAppid,
  })
  @IsOptional()
  @IsAppid()
  biz_appid?: string | null;

  @ApiPropertyOptional({
    description: "Only these permission sets, by WeChat's numbers; all of the platform's by default",
    type: String,
    isArray: true,
    maxItems: 100,
    items: { type: 'integer', minimum: 1, maximum: 1_000 },
    example: [1, 2, 3],
  })
  @IsOptional()
  @IsArray({ message: 'must be a list of numbers' })
  @ArrayMaxSize(100)
  @IsInt({ each: true, message: 'must hold whole numbers' })
  @Min(1, { each: true })
  @Max(1_000, { each: true })
  category_ids?: number[] | null;
}

export class AuthorizationLinkAnswer {
  @ApiProperty({
    description: 'For a desktop browser: a page of the gateway, since WeChat wants to be reached from the registered domain',
    example: `https://wx.example.com/platforms/${exampleAppid}/links/kq3hX0aZ91kbbc27dfaQXw`,
  })
  pc_url!: string;

  @ApiProperty({
    description: 'To be opened inside WeChat on a phone, unchanged',
    example:
      'https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&component_appid=…#wechat_redirect',
  })
  mobile_url!: string;

  @ApiProperty({ description: 'Seconds for which WeChat takes them', type: 'integer', example: 600 })
  expires_in!: number;
}

class PermissionAnswer {
  @ApiProperty({ type: 'integer', example: 1 })
  id!: number;

  @ApiProperty({ description: 'A later one whose name is not known here has its number', example: '消息管理 messages' })
  name!: string;
}

export class AuthorizerAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ example: exampleAppid })
  platform_appid!: string;

  @ApiProperty({
    description:
      '`lost`: WeChat takes the refresh token that is held no more, and names no other; the account must authorise again',
    enum: authorizationStates,
    example: 'authorized',
  })
  status!: AuthorizationState;

  @ApiProperty({
    description: 'When WeChat said so',
    type: String,
    format: 'date-time',
    example: '2026-01-31T12:00:00.000Z',
  })
  as_of!: string;

  @ApiProperty({ description: 'What the account allowed', type: [PermissionAnswer] })
  permissions!: PermissionAnswer[];

  @ApiProperty({ enum: ['official_account', 'mini_program'], type: String, nullable: true, example: 'official_account' })
  account_kind!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Shop' })
  nick_name!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'gh_97417a04a28d' })
  user_name!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Shop Ltd' })
  principal_name!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  alias!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  head_img!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  qrcode_url!: string | null;

  @ApiProperty({ description: "WeChat's service_type_info", type: 'integer', nullable: true, example: 2 })
  service_type!: number | null;

  @ApiProperty({ description: "WeChat's verify_type_info; -1: not verified", type: 'integer', nullable: true, example: 0 })
  verify_type!: number | null;

  @ApiProperty({
    description: '1 normal, 14 closed, 16 banned, 18 warned, 19 frozen',
    type: 'integer',
    nullable: true,
    example: 1,
  })
  account_status!: number | null;
}

export const authorizerAnswer = (row: PlatformAuthorization): AuthorizerAnswer => ({
  appid: row.appid,
  platform_appid: row.platform,
  status: row.state,
  as_of: row.asOf.toISOString(),
  permissions: row.granted.map(permissionSet).map(({ id, name }) => ({ id, name })),
  account_kind: row.details?.kind ?? null,
  nick_name: row.details?.nickname ?? null,
  user_name: row.userName,
  principal_name: row.details?.principalName ?? null,
  alias: row.details?.alias ?? null,
  head_img: row.details?.headImage ?? null,
  qrcode_url: row.details?.qrCodeUrl ?? null,
  service_type: row.details?.serviceType ?? null,
  verify_type: row.details?.verifyType ?? null,
  account_status: row.details?.accountStatus ?? null,
});

class TicketAnswer {
  @ApiProperty({
    description: '`warning` after 30 minutes without one, `alarm` after two hours, `expired` after twelve; `missing`: none yet',
    enum: ['ok', 'warning', 'alarm', 'expired', 'missing'],
    example: 'ok',
  })
  status!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' })
  received_at!: string | null;

  @ApiProperty({ description: 'Seconds for which WeChat takes it', type: 'integer', example: 43_000 })
  expires_in!: number;

  @ApiProperty({
    description: 'WeChat was last asked to send tickets',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  push_asked_at!: string | null;

  @ApiProperty({ description: 'What it said to that', type: String, nullable: true, example: null })
  push_answer!: string | null;
}

class DifferenceAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({
    description:
      '`unknown_here`: WeChat lists it, nobody here knows it. `not_authorized_here`: it was revoked, and authorised again later. `other_refresh_token`. `missing_at_wechat`: it stands here, and WeChat does not list it',
    enum: differenceKinds,
    example: 'unknown_here',
  })
  difference!: DifferenceKind;

  @ApiProperty({ description: "Put right with what WeChat's list says", example: false })
  healed!: boolean;
}

export class ComparisonAnswer {
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T03:00:00.000Z' })
  compared_at!: string | null;

  @ApiProperty({ description: 'How many accounts WeChat lists', type: 'integer', nullable: true, example: 12 })
  listed!: number | null;

  @ApiProperty({ description: 'The first thousand', type: [DifferenceAnswer] })
  differences!: DifferenceAnswer[];
}

export class PlatformAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ example: 'Our platform' })
  name!: string;

  @ApiProperty({
    description: 'To be entered at WeChat as the address of authorisation events (授权事件接收URL)',
    example: `https://wx.example.com/callbacks/${exampleAppid}`,
  })
  events_url!: string;

  @ApiProperty({
    description: 'To be entered as the address of messages and events (消息与事件接收URL)',
    example: `https://wx.example.com/callbacks/${exampleAppid}/$APPID$`,
  })
  messages_url!: string;

  @ApiProperty({ type: TicketAnswer })
  ticket!: TicketAnswer;

  @ApiProperty({
    description: 'Accounts by status',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { authorized: 12, revoked: 1 },
  })
  authorizers!: Record<string, number>;

  @ApiProperty({
    description: 'Authorisations of the last week whose answers were lost and not found again',
    type: 'integer',
    example: 0,
  })
  lost_answers!: number;

  @ApiProperty({ type: ComparisonAnswer })
  comparison!: ComparisonAnswer;
}

export const ticketAnswer = (row: Platform | null, now: Date): TicketAnswer => {
  const ageSeconds = row?.keptAt ? (now.getTime() - row.keptAt.getTime()) / 1_000 : null;
  return {
    status: ticketStatus(row?.alarm ?? 'none', ageSeconds),
    received_at: row?.keptAt?.toISOString() ?? null,
    expires_in: ageSeconds === null ? 0 : Math.max(0, Math.floor(lifeSeconds - ageSeconds)),
    push_asked_at: row?.pushAskedAt?.toISOString() ?? null,
    push_answer: row?.pushAnswer ?? null,
  };
};

const ticketStatus = (alarm: TicketAlarm, ageSeconds: number | null): string =>
  ageSeconds === null ? 'missing' : alarm === 'none' ? 'ok' : alarm;

export const comparisonAnswer = (row: Platform | null): ComparisonAnswer => ({
  compared_at: row?.comparedAt?.toISOString() ?? null,
  listed: row?.listed ?? null,
  differences: (row?.differences ?? []).map(({ appid, kind, healed }: Difference) => ({ appid, difference: kind, healed })),
});
