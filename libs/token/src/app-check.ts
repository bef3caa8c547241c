import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Accounts, type App, type SecretVerdict, type TriedSecret } from '#account';
import { GatewayError } from '#errors';
import { AppNeedsAttention, WechatRefused, WechatTokenApi } from '#wechat';
import { RenewalLeases } from './renewal-leases.js';

export const checkNames = ['credentials', 'ip_allow_list', 'callback', 'aes_key', 'quota'] as const;
export type CheckName = (typeof checkNames)[number];

export interface CheckLine {
  readonly check: CheckName;
  /** `unknown` where something else stood in the way. */
  readonly status: 'ok' | 'problem' | 'unknown' | 'not_applicable';
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly hint: string | null;
}

/** Asks WeChat now whether an app is set up well. Always by an unforced stable token, which takes nothing away from anybody. */
@Injectable()
export class AppCheck implements OnModuleInit {
  private readonly further: ((app: App) => Promise<CheckLine[]>)[] = [];

  constructor(
    private readonly accounts: Accounts,
    private readonly leases: RenewalLeases,
    private readonly wechat: WechatTokenApi,
  ) {}

  onModuleInit(): void {
    this.accounts.proveSecretsWith((app, tried) => this.proveSecret(app, tried));
  }

  /** Rooms above know more that can be wrong. */
  checkAlso(check: (app: App) => Promise<CheckLine[]>): void {
    this.further.push(check);
  }

  async run(appid: string): Promise<CheckLine[]> {
    const app = await this.accounts.get(appid);
    const [own, ...further] = await Promise.all([this.checkCredentials(app), ...this.further.map((check) => check(app))]);
    return [...own, ...further.flat()];
  }

  private async checkCredentials(app: App): Promise<CheckLine[]> {
    const secret = await this.accounts.reveal(app, 'secret');
    if (!hasToken(app) || secret === undefined) {
      const detail = `a ${app.kind} has no credentials that could be tried without side effects`;
      return [
        { check: 'credentials', status: 'not_applicable', detail, hint: null },
        { check: 'ip_allow_list', status: 'not_applicable', detail, hint: null },
      ];
    }
    try {
      await this.wechat.stable({ appid: app.appid, secret, proxy: await this.accounts.reveal(app, 'forwardProxy') });
    } catch (error) {
      if (!(error instanceof WechatRefused)) throw error;
      return refusedLines(error);
    }
    // The operator asked, and all is well: what waited for that goes on at once.
    await this.leases.tryAgain(app.appid);
    return [
      { check: 'credentials', status: 'ok', detail: 'WeChat accepts the appid and the secret', hint: null },
      { check: 'ip_allow_list', status: 'ok', detail: 'WeChat admits the address of this gateway', hint: null },
    ];
  }

  private async proveSecret(app: App, { secret, proxy }: TriedSecret): Promise<SecretVerdict> {
    if (!hasToken(app)) return 'accepted';
    try {
      await this.wechat.stable({ appid: app.appid, secret, proxy });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      // Only a verdict on the secret itself is one: an address that is not listed would befall any secret.
      if (error instanceof AppNeedsAttention) return error.subject === 'secret' ? { refusal: error.refusal } : 'accepted';
      return { untried: error.message };
    }
  }
}

const hasToken = (app: App): boolean => app.kind === 'official_account' || app.kind === 'mini_program';

function refusedLines(error: WechatRefused): CheckLine[] {
  const { errcode, errmsg, hint } = error.refusal;
  const problem = { status: 'problem', detail: `WeChat said ${errcode}: ${errmsg}`, hint } as const;
  const unknown = { status: 'unknown', detail: 'WeChat refused before it came to this', hint: null } as const;
  return error.subject === 'address'
    ? [
        { check: 'credentials', ...unknown },
        { check: 'ip_allow_list', ...problem },
      ]
    : [
        { check: 'credentials', ...problem },
        { check: 'ip_allow_list', ...unknown },
      ];
}
