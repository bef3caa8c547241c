import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CheckLine } from '#api';
import { Apps, type App, type SecretVerdict, type TriedSecret } from '#app';
import { CallbackCheck } from '#callback';
import { GatewayError } from '#errors';
import { PlatformCheck } from '#platform';
import { Quotas } from '#quota';
import { Credentials } from '#token';
import { AppNeedsAttention, WechatRefused, WechatTokenApi } from '#wechat';

/** Asks WeChat now whether an app is set up well. Always by an unforced stable token, which takes nothing away from anybody. */
@Injectable()
export class AppCheck implements OnModuleInit {
  constructor(
    private readonly apps: Apps,
    private readonly credentials: Credentials,
    private readonly callbacks: CallbackCheck,
    private readonly quotas: Quotas,
    private readonly platforms: PlatformCheck,
    private readonly wechat: WechatTokenApi,
  ) {}

  onModuleInit(): void {
    this.apps.registerSecretProof((app, tried) => this.proveSecret(app, tried));
  }

  async run(appid: string): Promise<CheckLine[]> {
    const app = await this.apps.get(appid);
    const lines = await Promise.all([
      this.checkCredentials(app),
      this.callbacks.check(app),
      this.quotas.check(app),
      this.platforms.check(app),
    ]);
    return lines.flat();
  }

  private async checkCredentials(app: App): Promise<CheckLine[]> {
    if (app.kind === 'third_party_platform' || app.kind === 'authorizer') return this.checkByCall(app);
    const secret = await this.apps.reveal(app, 'secret');
    if (!hasToken(app) || secret === undefined) {
      const detail = `a ${app.kind} has no credentials that could be tried without side effects`;
      return [
        { check: 'credentials', status: 'not_applicable', detail, hint: null },
        { check: 'ip_allow_list', status: 'not_applicable', detail, hint: null },
      ];
    }
    try {
      await this.wechat.stable({ appid: app.appid, secret, proxy: await this.apps.reveal(app, 'forwardProxy') });
    } catch (error) {
      if (!(error instanceof WechatRefused)) throw error;
      return refusedLines(error);
    }
    // The operator asked, and all is well: what waited for that goes on at once.
    await this.credentials.beginAnew(app.appid);
    return acceptedLines;
  }

  /** What has no token of its own. What waited for a person is tried first: WeChat is asked now, not remembered. */
  private async checkByCall(app: App): Promise<CheckLine[]> {
    await this.credentials.beginAnew(app.appid);
    try {
      await this.platforms.prove(app);
      return acceptedLines;
    } catch (error) {
      if (error instanceof WechatRefused) return refusedLines(error);
      if (!(error instanceof GatewayError)) throw error;
      return [
        { check: 'credentials', status: 'problem', detail: error.message, hint: null },
        { check: 'ip_allow_list', status: 'unknown', detail: 'WeChat was not asked', hint: null },
      ];
    }
  }

  private async proveSecret(app: App, { secret, proxy }: TriedSecret): Promise<SecretVerdict> {
    if (!hasToken(app)) return { unverified: `the secret of a ${app.kind} cannot be tried without side effects` };
    try {
      await this.wechat.stable({ appid: app.appid, secret, proxy });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      // Only a verdict on the secret itself is one: an address that is not listed would befall any secret.
      if (error instanceof AppNeedsAttention)
        return error.subject === 'secret'
          ? { refusal: error.refusal }
          : { unverified: `WeChat said ${error.refusal.errcode}: ${error.refusal.hint}` };
      return { untried: error.message };
    }
  }
}

const acceptedLines: CheckLine[] = [
  { check: 'credentials', status: 'ok', detail: 'WeChat accepts the appid and what the app proves itself with', hint: null },
  { check: 'ip_allow_list', status: 'ok', detail: 'WeChat admits the address of this gateway', hint: null },
];

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
