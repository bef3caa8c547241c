import { Appid, OneOf, Text, Whole, exampleAppid, field } from '#api';
import { ArrayMaxSize, IsArray, IsInt, Max, Min } from 'class-validator';

const authorizerTypes = ['official_account', 'mini_program', 'both', 'promoter', 'channels', 'all', 'talent'] as const;
type AuthorizerType = (typeof authorizerTypes)[number];
/** WeChat's numbers. */
const authTypes: Record<AuthorizerType, number> = {
  official_account: 1,
  mini_program: 2,
  both: 3,
  promoter: 4,
  channels: 5,
  all: 6,
  talent: 8,
};
export const authTypeOf = (type: AuthorizerType): number => authTypes[type];

export class AuthorizationLinkRequest {
  @OneOf(authorizerTypes, "What sort of authorizer may be chosen: WeChat's auth_type by name", {
    optional: 'or null',
    default: 'both',
    example: 'both',
  })
  auth_type?: AuthorizerType | null;
  @Appid('Only this authorizer; wins over auth_type', { optional: true, nullable: true }) biz_appid?: string | null;
  @field(
    {
      description: "Only these permission sets, by WeChat's numbers; all of the platform's by default",
      optional: 'or null',
      example: [1, 2, 3],
    },
    { type: String, isArray: true, maxItems: 100, items: { type: 'integer', minimum: 1, maximum: 1_000 } },
    IsArray({ message: 'must be a list of numbers' }),
    ArrayMaxSize(100),
    IsInt({ each: true, message: 'must hold whole numbers' }),
    Min(1, { each: true }),
    Max(1_000, { each: true }),
  )
  category_ids?: number[] | null;
}

export class AuthorizationLinkAnswer {
  @Text('For a desktop browser: a page of the gateway, since WeChat wants to be reached from the registered domain', {
    example: `https://wx.example.com/platforms/${exampleAppid}/links/kq3hX0aZ91kbbc27dfaQXw`,
  })
  pc_url!: string;
  @Text('To be opened inside WeChat on a phone, unchanged', {
    example:
      'https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&component_appid=…#wechat_redirect',
  })
  mobile_url!: string;
  @Whole('Seconds for which WeChat takes them', { example: 600 }) expires_in!: number;
}
