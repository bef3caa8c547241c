import { ApiParam, ApiProperty } from '@nestjs/swagger';
import { appidPattern, exampleAppid } from '#api';
import { permissionSet } from '#wechat';
import { type AuthorizationState, type PlatformAuthorization, authorizationStates } from './platform-authorization.entity.js';

/** An appid in a path under another name than the app that the key must hold. */
export const ApiAppidNamed = (name: string, description: string): MethodDecorator & ClassDecorator =>
  ApiParam({ name, description, schema: { type: 'string', pattern: appidPattern.source, example: exampleAppid } });

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
      '`lost`: WeChat takes the refresh token that is held no more, and names no other; the authorizer must authorise again',
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

  @ApiProperty({ description: 'What the authorizer allowed', type: [PermissionAnswer] })
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
