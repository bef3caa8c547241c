import { ApiParam } from '@nestjs/swagger';
import { Appid, OneOf, Parts, Text, Time, Whole, appidPattern, exampleAppid } from '#api';
import { permissionSet } from '#wechat';
import { type AuthorizationState, type PlatformAuthorization, authorizationStates } from './platform-authorization.entity.js';

/** An appid in a path under another name than the app that the key must hold. */
export const ApiAppidNamed = (name: string, description: string): MethodDecorator & ClassDecorator =>
  ApiParam({ name, description, schema: { type: 'string', pattern: appidPattern.source, example: exampleAppid } });

class PermissionAnswer {
  @Whole({ example: 1 }) id!: number;
  @Text('A later one whose name is not known here has its number', { example: '消息管理 messages' }) name!: string;
}

export class AuthorizerAnswer {
  @Appid() appid!: string;
  @Appid() platform_appid!: string;
  @OneOf(
    authorizationStates,
    '`lost`: WeChat takes the refresh token that is held no more, and names no other; the authorizer must authorise again',
    { example: 'authorized' },
  )
  status!: AuthorizationState;
  @Time('When WeChat said so') as_of!: string;
  @Parts(PermissionAnswer, 'What the authorizer allowed') permissions!: PermissionAnswer[];
  @OneOf(['official_account', 'mini_program'], { nullable: true, example: 'official_account' }) account_kind!: string | null;
  @Text({ nullable: true, example: 'Shop' }) nick_name!: string | null;
  @Text({ nullable: true, example: 'gh_97417a04a28d' }) user_name!: string | null;
  @Text({ nullable: true, example: 'Shop Ltd' }) principal_name!: string | null;
  @Text({ nullable: true, example: null }) alias!: string | null;
  @Text({ nullable: true, example: null }) head_img!: string | null;
  @Text({ nullable: true, example: null }) qrcode_url!: string | null;
  @Whole("WeChat's service_type_info", { nullable: true, example: 2 }) service_type!: number | null;
  @Whole("WeChat's verify_type_info; -1: not verified", { nullable: true, example: 0 }) verify_type!: number | null;
  @Whole('1 normal, 14 closed, 16 banned, 18 warned, 19 frozen', { nullable: true, example: 1 }) account_status!: number | null;
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
