import { Injectable } from '@nestjs/common';
import type { FreshToken } from './token-api.js';
import type { WechatAnswer } from './wechat-answer.js';
import type { CallingApp, WechatCredentials } from './wechat-app.js';
import { TokenRefused, WechatRefused } from './wechat-errors.js';
import { WechatHttp } from './wechat-http.js';

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
  readonly authorizer: string;
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

const pageSize = 500;

/**
 * What WeChat gives to third-party platforms. A platform calls with its component_access_token.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/component_access_token.html
 */
@Injectable()
export class WechatComponentApi {
  constructor(private readonly http: WechatHttp) {}

  async token({ appid, secret, proxy }: WechatCredentials, ticket: string): Promise<FreshToken> {
    const answer = await this.http.call({
      appid,
      proxy,
      path: '/cgi-bin/component/api_component_token',
      body: { component_appid: appid, component_appsecret: secret, component_verify_ticket: ticket },
      tradesSecret: true,
    });
    return { value: answer.text('component_access_token'), lifetimeSeconds: answer.lifetime('expires_in') };
  }

  /** Asks for tickets to be pushed. This one call names the secret otherwise; that they are pushed already is a success too. */
  async startPush({ appid, secret, proxy }: WechatCredentials): Promise<void> {
    await this.http.call({
      appid,
      proxy,
      path: '/cgi-bin/component/api_start_push_ticket',
      body: { component_appid: appid, component_secret: secret },
      tradesSecret: true,
    });
  }

  async preAuthCode(platform: CallingApp): Promise<FreshToken> {
    const answer = await this.call(platform, 'api_create_preauthcode', {});
    return { value: answer.text('pre_auth_code'), lifetimeSeconds: answer.lifetime('expires_in') };
  }

  /** Uses the code up. */
  async queryAuth(platform: CallingApp, code: string): Promise<Authorization> {
    const answer = await this.call(platform, 'api_query_auth', { authorization_code: code });
    const info = answer.member('authorization_info');
    return {
      authorizer: info.text('authorizer_appid'),
      access: accessOf(info),
      refreshToken: info.optionalText('authorizer_refresh_token'),
      granted: grantedIn(info),
    };
  }

  async refresh(platform: CallingApp, authorizer: string, refreshToken: string): Promise<RefreshedAuthorization> {
    const body = { authorizer_appid: authorizer, authorizer_refresh_token: refreshToken };
    const answer = await this.call(platform, 'api_authorizer_token', body, authorizer);
    return {
      access: { value: answer.text('authorizer_access_token'), lifetimeSeconds: answer.lifetime('expires_in') },
      refreshToken: answer.optionalText('authorizer_refresh_token'),
    };
  }

  async details(platform: CallingApp, authorizer: string): Promise<AuthorizerDetails> {
    const answer = await this.call(platform, 'api_get_authorizer_info', { authorizer_appid: authorizer }, authorizer);
    const [info, authorization] = [answer.member('authorizer_info'), answer.object('authorization_info')];
    return {
      authorizer,
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
  }

  /** Everybody who authorised the platform, page by page. */
  async *authorizers(callAs: <T>(call: (platform: CallingApp) => Promise<T>) => Promise<T>): AsyncGenerator<ListedAuthorizer[]> {
    for (let offset = 0; ; offset += pageSize) {
      const body = { offset, count: pageSize };
      const answer = await callAs((platform) => this.call(platform, 'api_get_authorizer_list', body));
      const page = answer.objects('list').map((one) => ({
        authorizer: one.text('authorizer_appid'),
        refreshToken: one.optionalText('refresh_token'),
        authorizedAt: one.moment('auth_time'),
      }));
      yield page;
      if (page.length === 0 || offset + page.length >= answer.number('total_count')) return;
    }
  }

  /** Asks something harmless with the platform's token, only to see whether WeChat still takes it. */
  async isAlive(platform: CallingApp): Promise<boolean> {
    return this.isTaken(() => this.call(platform, 'api_get_authorizer_list', { offset: 0, count: 1 }));
  }

  /** The same for an account's token. What it may not do is understood: then the token was taken. */
  async isAuthorizerAlive({ appid, proxy, accessToken }: CallingApp): Promise<boolean> {
    const query = { access_token: accessToken };
    return this.isTaken(() => this.http.call({ appid, proxy, path: '/cgi-bin/get_api_domain_ip', query }));
  }

  private async isTaken(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (error instanceof TokenRefused) return false;
      if (error instanceof WechatRefused && [48001, 61007].includes(error.refusal.errcode)) return true;
      throw error;
    }
  }

  private call({ appid, proxy, accessToken }: CallingApp, api: string, body: object, countedFor = appid): Promise<WechatAnswer> {
    return this.http.call({
      appid: countedFor,
      proxy,
      path: `/cgi-bin/component/${api}`,
      query: { component_access_token: accessToken },
      body: { component_appid: appid, ...body },
    });
  }
}

function accessOf(info: WechatAnswer): FreshToken | null {
  const value = info.optionalText('authorizer_access_token');
  return value === null ? null : { value, lifetimeSeconds: info.lifetime('expires_in') };
}

const grantedIn = (info: WechatAnswer): number[] => [
  ...new Set(
    info
      .objects('func_info')
      .flatMap((one) => one.object('funcscope_category')?.number('id') ?? [])
      .filter((id) => id > 0 && id < 2 ** 31),
  ),
];
