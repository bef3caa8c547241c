import { Injectable } from '@nestjs/common';
import type { CheckLine } from '#api';
import type { App } from '#app';
import { Clock } from '#runtime';
import { AccessTokens } from '#token';
import { WechatComponentApi, permissionSet } from '#wechat';
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
    private readonly wechat: WechatComponentApi,
    private readonly clock: Clock,
  ) {}

  async check(app: App): Promise<CheckLine[]> {
    if (app.kind === 'third_party_platform') return this.platform(app);
    return app.kind === 'authorizer' ? this.authorizer(app) : [];
  }

  /** What has no token of its own shows WeChat that it is good by a call. Throws what WeChat refuses. */
  async prove({ appid, kind }: App): Promise<void> {
    await this.tokens.callAs(appid, (caller) =>
      kind === 'authorizer' ? this.wechat.isAuthorizerAlive(caller) : this.wechat.isAlive(caller),
    );
  }

  private async platform({ appid }: App): Promise<CheckLine[]> {
    const ticket = ticketAnswer(await this.records.platform(appid), this.clock.now());
    const { lost = 0, authorized = 0 } = await this.records.countsOf(appid);
    const lostAnswers = await this.codes.lost(appid);
    return [
      ticket.status === 'ok'
        ? { check: 'component_ticket', status: 'ok', detail: `the last ticket came at ${ticket.received_at ?? ''}`, hint: null }
        : {
            check: 'component_ticket',
            status: 'problem',
            detail:
              ticket.received_at === null
                ? 'no ticket has come yet'
                : `the last ticket came at ${ticket.received_at} and is good for ${ticket.expires_in} s more`,
            hint: 'see the address of authorisation events in the console of the open platform, and what stands between WeChat and PUBLIC_URL',
          },
      lost + lostAnswers === 0
        ? { check: 'authorization', status: 'ok', detail: `${authorized} authorizers authorise the platform`, hint: null }
        : {
            check: 'authorization',
            status: 'problem',
            detail: `of ${lost} authorizers no refresh token is held that WeChat takes; ${lostAnswers} answers of WeChat were lost`,
            hint: 'let these authorizers authorise the platform again: GET /v1/platforms/{appid}/authorizers lists them as lost',
          },
    ];
  }

  private async authorizer({ appid, platform }: App): Promise<CheckLine[]> {
    const row = (await this.records.ofAuthorizer(appid)).find((one) => one.platform === platform);
    if (row?.state === 'authorized') {
      const names = row.granted.map((id) => permissionSet(id).name).join(', ');
      return [{ check: 'authorization', status: 'ok', detail: `${row.platform} may use: ${names || 'nothing'}`, hint: null }];
    }
    const detail =
      row?.state === 'lost' ? 'WeChat takes the refresh token no more' : 'the authorizer allows no platform here to speak for it';
    return [{ check: 'authorization', status: 'problem', detail, hint: 'let the authorizer authorise the platform again' }];
  }
}
