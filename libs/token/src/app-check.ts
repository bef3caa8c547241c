import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Accounts, type App, type AppKind, type SecretVerdict, type TriedSecret } from '#account';
import { GatewayError } from '#errors';
import { AppNeedsAttention, WechatRefused, WechatTokenApi } from '#wechat';
import { RenewalLeases } from './renewal-leases.js';

export const checkNames = [
  'credentials',
  'ip_allow_list',
  'callback',
  'aes_key',
  'quota',
  'component_ticket',
  'authorization',
] as const;
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
  private readonly proofs = new Map<AppKind, (app: App) => Promise<void>>();

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

  /** How apps of a kind that have no token of their own show WeChat that they are good: throws what WeChat refuses. */
  proveBy(kind: AppKind, proof: (app: App) => Promise<void>): void {
    this.proofs.set(kind, proof);
  }

  async run(appid: string): Promise<CheckLine[]> {
    const app = await this.accounts.get(appid);
    const [own, ...further] = await Promise.all([this.checkCredentials(app), ...this.further.map((check) => check(app))]);
    return [...own, ...further.flat()];
  }

  private async checkCredentials(app: App): Promise<CheckLine[]> {
    const proof = this.proofs.get(app.kind);
    if (proof) return this.checkByProof(app, proof);
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
    return acceptedLines;
  }

  /** What waited for a person is tried first: the proof asks WeChat now, and not only remembers what it said. */
  private async checkByProof(app: App, proof: (app: App) => Promise<void>): Promise<CheckLine[]> {
    await this.leases.tryAgain(app.appid);
    try {
      await proof(app);
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
