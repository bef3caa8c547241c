import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import type { CheckLine } from '#api';
import { type App, Apps } from '#app';
import { GatewayError, type Sentence, because } from '#errors';
import { Clock } from '#runtime';
import { AccessTokens } from '#token';
import { type ApiQuota, WechatHttp, clearQuotas, clearQuotasByToken, hasQuota, readQuota } from '#wechat';
import { MoreThanOrEqual, Repository } from 'typeorm';
import type { CallUse } from './call-use.entity.js';
import { CallUses } from './call-uses.js';
import { chinaDay, chinaMonthBegan } from './china-day.js';
import { QuotaClearing } from './quota-clearing.entity.js';
import { NoQuotaToClear } from './quota-errors.js';

export interface ApiUse {
  readonly api: string;
  readonly calls: number;
  readonly failures: number;
  readonly callers: readonly CallUse[];
  /** Null where WeChat counts nothing of it, or was not asked. */
  readonly quota: ApiQuota | null;
}

export interface QuotaView {
  readonly day: string;
  readonly apis: readonly ApiUse[];
  readonly clearingsThisMonth: number;
  /** Why WeChat's side is missing. */
  readonly wechatFailure: Sentence | null;
}

/** WeChat lets an account clear its quotas so often in a month, in whichever way. */
export const clearingsAMonth = 10;
const askedAtOnce = 5;
/** Below this share of a day's quota there is reason to look. */
const scarce = 0.2;

@Injectable()
export class Quotas {
  constructor(
    @InjectRepository(QuotaClearing) private readonly clearings: Repository<QuotaClearing>,
    private readonly uses: CallUses,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly audit: AuditLog,
    private readonly wechat: WechatHttp,
    private readonly clock: Clock,
  ) {}

  async view(appid: string): Promise<QuotaView> {
    await this.apps.get(appid);
    const day = chinaDay(this.clock.now());
    const byApi = new Map<string, CallUse[]>();
    for (const use of await this.uses.ofDay(appid, day)) byApi.set(use.api, [...(byApi.get(use.api) ?? []), use]);
    const { quotas, failure } = await this.ask(appid, [...byApi.keys()].filter(hasQuota));
    return {
      day,
      apis: [...byApi].map(([api, callers]) => ({
        api,
        calls: sum(callers.map((use) => Number(use.calls))),
        failures: sum(callers.map((use) => Number(use.failures))),
        callers,
        quota: quotas.get(api) ?? null,
      })),
      clearingsThisMonth: await this.clearingsThisMonth(appid),
      wechatFailure: failure,
    };
  }

  /** Every API's count of today begins anew. Answers how often that was done this month, as far as we know. */
  async clear(appid: string, by: Actor): Promise<number> {
    const app = await this.apps.getEnabled(appid);
    await this.clearings.manager.transaction((transaction) =>
      this.audit.record(transaction, by, { action: 'quota.clear', appid, subject: appid, details: {} }),
    );
    if (app.kind === 'authorizer') await this.tokens.call(clearQuotasByToken, appid, appid);
    else if (app.secret) await this.wechat.call(clearQuotas, await this.apps.credentialsOf(app));
    else throw new NoQuotaToClear(appid);
    await this.clearings.insert({ appid, clearedBy: by.name });
    return this.clearingsThisMonth(appid);
  }

  private clearingsThisMonth(appid: string): Promise<number> {
    return this.clearings.countBy({ appid, clearedAt: MoreThanOrEqual(chinaMonthBegan(this.clock.now())) });
  }

  /** What we counted is worth showing even while WeChat cannot be asked. */
  private async ask(appid: string, apis: string[]): Promise<{ quotas: Map<string, ApiQuota | null>; failure: Sentence | null }> {
    const quotas = new Map<string, ApiQuota | null>();
    try {
      for (let at = 0; at < apis.length; at += askedAtOnce)
        await Promise.all(
          apis.slice(at, at + askedAtOnce).map(async (api) => {
            quotas.set(api, await this.tokens.call(readQuota, appid, api));
          }),
        );
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { quotas, failure: error.sentence };
    }
    return { quotas, failure: null };
  }

  async check(app: App): Promise<CheckLine[]> {
    return [await this.quotaOf(app)];
  }

  private async quotaOf(app: App): Promise<CheckLine> {
    if (app.nature !== 'official_account' && app.nature !== 'mini_program')
      return {
        check: 'quota',
        status: 'not_applicable',
        detail: { en: `a ${app.kind} has no quotas of its own`, zh: `类型为 ${app.kind} 的应用没有自己的调用额度` },
        hint: null,
      };
    const { apis, wechatFailure } = await this.view(app.appid);
    if (wechatFailure !== null)
      return {
        check: 'quota',
        status: 'unknown',
        detail: because({ en: 'WeChat could not be asked', zh: '无法询问微信' }, wechatFailure),
        hint: null,
      };
    const short = apis.filter(({ quota }) => quota && quota.remaining < scarce * quota.dailyLimit);
    if (short.length === 0)
      return {
        check: 'quota',
        status: 'ok',
        detail: {
          en: 'every API in use today has a fifth of its quota left, or more',
          zh: '今天用到的接口都还剩五分之一以上的额度',
        },
        hint: null,
      };
    const detail = {
      en: short.map(({ api, quota }) => `${api}: ${quota?.remaining} of ${quota?.dailyLimit} left`).join('; '),
      zh: short.map(({ api, quota }) => `${api}：${quota?.dailyLimit} 次中还剩 ${quota?.remaining} 次`).join('；'),
    };
    const hint = {
      en: 'see by whom it is used in the quota view; quotas end at midnight in China, or can be cleared ten times a month',
      zh: '请在调用额度视图里查看是谁在用；额度在北京时间零点恢复，也可以每月清零十次',
    };
    return { check: 'quota', status: 'problem', detail, hint };
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
