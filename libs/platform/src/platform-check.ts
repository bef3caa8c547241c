import { Injectable } from '@nestjs/common';
import type { CheckLine } from '#api';
import type { App } from '#app';
import { Clock } from '#runtime';
import { AccessTokens } from '#token';
import { permissionSet, tryAppToken, tryPlatformToken } from '#wechat';
import { AuthorizationCodes } from './authorization-codes.js';
import { PlatformRecords } from './platform-records.js';
import { ticketAnswer } from './platform-shapes.js';

/** What can be wrong with a platform, or with what an authorizer allowed one. */
@Injectable()
export class PlatformCheck {
  constructor(
    private readonly records: PlatformRecords,
    private readonly codes: AuthorizationCodes,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  async check(app: App): Promise<CheckLine[]> {
    if (app.kind === 'third_party_platform') return this.platform(app);
    return app.kind === 'authorizer' ? this.authorizer(app) : [];
  }

  /** What has no token of its own shows WeChat that it is good by a call. Throws what WeChat refuses. */
  async prove({ appid, kind }: App): Promise<void> {
    await this.tokens.call(kind === 'authorizer' ? tryAppToken : tryPlatformToken, appid);
  }

  private async platform({ appid }: App): Promise<CheckLine[]> {
    const ticket = ticketAnswer(await this.records.platform(appid), this.clock.now());
    const { lost = 0, authorized = 0 } = await this.records.countsOf(appid);
    const lostAnswers = await this.codes.lost(appid);
    return [
      ticket.status === 'ok'
        ? {
            check: 'component_ticket',
            status: 'ok',
            detail: {
              en: `the last ticket came at ${ticket.received_at ?? ''}`,
              zh: `最近一次 ticket 于 ${ticket.received_at ?? ''} 收到`,
            },
            hint: null,
          }
        : {
            check: 'component_ticket',
            status: 'problem',
            detail:
              ticket.received_at === null
                ? { en: 'no ticket has come yet', zh: '还没有收到 ticket' }
                : {
                    en: `the last ticket came at ${ticket.received_at} and is good for ${ticket.expires_in} s more`,
                    zh: `最近一次 ticket 于 ${ticket.received_at} 收到，还有 ${ticket.expires_in} 秒有效`,
                  },
            hint: {
              en: 'see the address of authorisation events in the console of the open platform, and what stands between WeChat and PUBLIC_URL',
              zh: '请检查开放平台后台的授权事件接收 URL，以及微信与 PUBLIC_URL 之间的环节',
            },
          },
      lost + lostAnswers === 0
        ? {
            check: 'authorization',
            status: 'ok',
            detail: { en: `${authorized} authorizers authorise the platform`, zh: `有 ${authorized} 个授权方授权了该平台` },
            hint: null,
          }
        : {
            check: 'authorization',
            status: 'problem',
            detail: {
              en: `of ${lost} authorizers no refresh token is held that WeChat takes; ${lostAnswers} answers of WeChat were lost`,
              zh: `有 ${lost} 个授权方的刷新令牌微信已不接受；有 ${lostAnswers} 次微信的响应丢失`,
            },
            hint: {
              en: 'let these authorizers authorise the platform again: GET /v1/platforms/{appid}/authorizers lists them as lost',
              zh: '请让这些授权方重新授权：GET /v1/platforms/{appid}/authorizers 里状态为 lost 的就是',
            },
          },
    ];
  }

  private async authorizer({ appid, platform }: App): Promise<CheckLine[]> {
    const row = (await this.records.ofAuthorizer(appid)).find((one) => one.platform === platform);
    if (row?.state === 'authorized') {
      const names = row.granted.map((id) => permissionSet(id).name).join(', ');
      return [
        {
          check: 'authorization',
          status: 'ok',
          detail: { en: `${row.platform} may use: ${names || 'nothing'}`, zh: `${row.platform} 可以使用：${names || '无'}` },
          hint: null,
        },
      ];
    }
    const detail =
      row?.state === 'lost'
        ? { en: 'WeChat takes the refresh token no more', zh: '微信已不接受它的刷新令牌' }
        : { en: 'the authorizer allows no platform here to speak for it', zh: '授权方没有授权这里的任何平台代它调用' };
    return [
      {
        check: 'authorization',
        status: 'problem',
        detail,
        hint: { en: 'let the authorizer authorise the platform again', zh: '请让授权方重新授权该平台' },
      },
    ];
  }
}
