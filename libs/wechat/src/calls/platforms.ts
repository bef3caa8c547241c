import { isStillTaken } from '../component-refusals.js';
import type { FreshToken, WechatAnswer } from '../wechat-answer.js';
import { declared } from '../wechat-call.js';

// https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/component_access_token.html

/** What an account allowed, with what stands for it. An account without rights to APIs has no tokens. */
export interface Authorization {
  readonly authorizer: string;
  readonly access: FreshToken | null;
  readonly refreshToken: string | null;
  /** Permission sets, by number. */
  readonly granted: readonly number[];
}

export interface RefreshedAuthorization {
  readonly access: FreshToken;
  /** Always to be kept in place of the former one, which it mostly equals. */
  readonly refreshToken: string | null;
}

/** An account as WeChat describes it to its platform. */
export interface AuthorizerDetails {
  readonly refreshToken: string | null;
  readonly granted: readonly number[];
  readonly nickname: string;
  readonly userName: string | null;
  readonly kind: 'official_account' | 'mini_program';
  readonly headImage: string | null;
  readonly principalName: string | null;
  readonly alias: string | null;
  readonly qrCodeUrl: string | null;
  readonly signature: string | null;
  readonly serviceType: number;
  readonly verifyType: number;
  readonly accountStatus: number | null;
}

export interface ListedAuthorizer {
  readonly authorizer: string;
  readonly refreshToken: string | null;
  readonly authorizedAt: Date;
}

export interface AuthorizerPage {
  /** On all pages. */
  readonly total: number;
  readonly listed: readonly ListedAuthorizer[];
}

/** What shows the secret stands in the body, under names of its own for each of these two calls. */
export const issuePlatformToken = declared('POST', '/cgi-bin/component/api_component_token', 'secret', {
  names: ['component_appid', 'component_appsecret'],
  takes: (ticket: string) => ({ component_verify_ticket: ticket }),
  gives: (answer) => answer.token('component_access_token'),
});

/** Asks for tickets to be pushed. That they are pushed already is a success too. */
export const startTicketPush = declared('POST', '/cgi-bin/component/api_start_push_ticket', 'secret', {
  names: ['component_appid', 'component_secret'],
});

export const issuePreAuthCode = declared('POST', '/cgi-bin/component/api_create_preauthcode', 'platform', {
  gives: (answer) => answer.token('pre_auth_code'),
});

/** Uses the code up. */
export const queryAuthorization = declared('POST', '/cgi-bin/component/api_query_auth', 'platform', {
  takes: (code: string) => ({ authorization_code: code }),
  gives: (answer): Authorization => {
    const info = answer.member('authorization_info');
    return {
      authorizer: info.text('authorizer_appid'),
      access: info.optionalText('authorizer_access_token') === null ? null : info.token('authorizer_access_token'),
      refreshToken: info.optionalText('authorizer_refresh_token'),
      granted: grantedIn(info),
    };
  },
});

export const refreshAuthorization = declared('POST', '/cgi-bin/component/api_authorizer_token', 'platform', {
  takes: (authorizer: string, refreshToken: string) => ({
    authorizer_appid: authorizer,
    authorizer_refresh_token: refreshToken,
  }),
  gives: (answer): RefreshedAuthorization => ({
    access: answer.token('authorizer_access_token'),
    refreshToken: answer.optionalText('authorizer_refresh_token'),
  }),
});

export const describeAuthorizer = declared('POST', '/cgi-bin/component/api_get_authorizer_info', 'platform', {
  takes: (authorizer: string) => ({ authorizer_appid: authorizer }),
  gives: (answer, _platform, authorizer): AuthorizerDetails => {
    const [info, authorization] = [answer.member('authorizer_info'), answer.object('authorization_info')];
    return {
      refreshToken: authorization?.optionalText('authorizer_refresh_token') ?? null,
      granted: authorization ? grantedIn(authorization) : [],
      nickname: info.optionalText('nick_name') ?? authorizer,
      userName: info.optionalText('user_name'),
      // Only mini programs have it, and it is the one thing that tells them from official accounts.
      kind: info.object('MiniProgramInfo') ? 'mini_program' : 'official_account',
      headImage: info.optionalText('head_img'),
      principalName: info.optionalText('principal_name'),
      alias: info.optionalText('alias'),
      qrCodeUrl: info.optionalText('qrcode_url'),
      signature: info.optionalText('signature'),
      serviceType: info.object('service_type_info')?.number('id') ?? 0,
      verifyType: info.object('verify_type_info')?.number('id') ?? -1,
      accountStatus: info.has('account_status') ? info.number('account_status') : null,
    };
  },
});

/** At most five hundred a page. */
export const listAuthorizers = declared('POST', '/cgi-bin/component/api_get_authorizer_list', 'platform', {
  takes: (page: { offset: number; count: number }) => page,
  gives: (answer): AuthorizerPage => ({
    total: answer.number('total_count'),
    listed: answer.objects('list').map((one) => ({
      authorizer: one.text('authorizer_appid'),
      refreshToken: one.optionalText('refresh_token'),
      authorizedAt: one.moment('auth_time'),
    })),
  }),
});

/** Asks for what is harmless with the platform's token, only to see whether WeChat still takes it. */
export const tryPlatformToken = declared('POST', listAuthorizers.path, 'platform', {
  takes: () => ({ offset: 0, count: 1 }),
  gives: () => true,
  refused: isStillTaken,
});

const grantedIn = (info: WechatAnswer): number[] => [
  ...new Set(
    info
      .objects('func_info')
      .flatMap((one) => one.object('funcscope_category')?.number('id') ?? [])
      .filter((id) => id > 0 && id < 2 ** 31),
  ),
];
