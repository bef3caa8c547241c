import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CheckLine } from '#api';
import { Apps, type App, type SecretVerdict, type TriedSecret } from '#app';
import { CallbackCheck } from '#callback';
import { GatewayError, because } from '#errors';
import { PlatformCheck } from '#platform';
import { Quotas } from '#quota';
import { Credentials } from '#token';
import { AppNeedsAttention, WechatHttp, WechatRefused, issueStableToken } from '#wechat';

/** Asks WeChat now whether an app is set up well. Always by an unforced stable token, which takes nothing away from anybody. */
@Injectable()
export class AppCheck implements OnModuleInit {
  constructor(
    private readonly apps: Apps,
    private readonly credentials: Credentials,
    private readonly callbacks: CallbackCheck,
    private readonly quotas: Quotas,
    private readonly platforms: PlatformCheck,
    private readonly wechat: WechatHttp,
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
    if (!hasToken(app) || !app.secret) {
      const detail = {
        en: `a ${app.kind} has no credentials that could be tried without side effects`,
        zh: `类型为 ${app.kind} 的应用没有能无副作用地验证的凭证`,
      };
      return [
        { check: 'credentials', status: 'not_applicable', detail, hint: null },
        { check: 'ip_allow_list', status: 'not_applicable', detail, hint: null },
      ];
    }
    try {
      await this.wechat.call(issueStableToken, await this.apps.credentialsOf(app), { forced: false });
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
        { check: 'credentials', status: 'problem', detail: error.sentence, hint: null },
        { check: 'ip_allow_list', status: 'unknown', detail: { en: 'WeChat was not asked', zh: '没有询问微信' }, hint: null },
      ];
    }
  }

  private async proveSecret(app: App, tried: TriedSecret): Promise<SecretVerdict> {
    if (!hasToken(app))
      return {
        unverified: {
          en: `the secret of a ${app.kind} cannot be tried without side effects`,
          zh: `类型为 ${app.kind} 的应用的 AppSecret 无法无副作用地验证`,
        },
      };
    try {
      await this.wechat.call(issueStableToken, { appid: app.appid, ...tried }, { forced: false });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      // Only a verdict on the secret itself is one: an address that is not listed would befall any secret.
      if (error instanceof AppNeedsAttention)
        return error.subject === 'secret'
          ? { refusal: error.refusal }
          : {
              unverified: because(
                { en: `WeChat said ${error.refusal.errcode}`, zh: `微信返回 ${error.refusal.errcode}` },
                error.refusal.hint,
              ),
            };
      return { untried: error.sentence };
    }
  }
}

const acceptedLines: CheckLine[] = [
  {
    check: 'credentials',
    status: 'ok',
    detail: { en: 'WeChat accepts the appid and what the app proves itself with', zh: '微信接受这个 AppID 和它的凭证' },
    hint: null,
  },
  {
    check: 'ip_allow_list',
    status: 'ok',
    detail: { en: 'WeChat admits the address of this gateway', zh: '微信允许网关的出口 IP' },
    hint: null,
  },
];

const hasToken = (app: App): boolean => app.kind === 'official_account' || app.kind === 'mini_program';

function refusedLines(error: WechatRefused): CheckLine[] {
  const { hint } = error.refusal;
  const problem = { status: 'problem', detail: error.said, hint } as const;
  const unknown = {
    status: 'unknown',
    detail: { en: 'WeChat refused before it came to this', zh: '微信在检查这一项之前就拒绝了' },
    hint: null,
  } as const;
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
