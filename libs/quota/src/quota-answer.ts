import { Appid, Part, Parts, Text, Whole, field } from '#api';
import type { Sentence } from '#errors';
import { type ApiUse, type QuotaView, clearingsAMonth } from './quotas.js';

class CallerUse {
  @Text('An API key, the administrator, or the gateway of its own accord', { example: 'key:7Qm2' }) caller!: string;
  @Whole({ example: 41 }) calls!: number;
  @Whole('Those of them that did not succeed', { example: 1 }) failures!: number;
}

class WechatCount {
  @Whole({ example: 100_000 }) daily_limit!: number;
  @Whole('Everybody who holds the secret counts', { example: 44 }) used!: number;
  @Whole({ example: 99_956 }) remaining!: number;
}

class ApiUseAnswer {
  @Text({ example: '/cgi-bin/message/template/send' }) api!: string;
  @Whole({ example: 41 }) calls!: number;
  @Whole({ example: 1 }) failures!: number;
  @Parts(CallerUse) callers!: CallerUse[];
  @Part(WechatCount, "WeChat's own count; null where it counts none", { nullable: true }) wechat!: WechatCount | null;
}

export class QuotaAnswer {
  @Appid() appid!: string;
  @field(
    { description: 'The day in China, at whose midnight quotas begin anew', example: '2026-01-31' },
    { type: String, format: 'date' },
  )
  day!: string;
  @Parts(ApiUseAnswer, 'The APIs that were called today through the gateway') apis!: ApiUseAnswer[];
  @Whole('How often the quotas were cleared this month through the gateway', { example: 0 }) cleared_this_month!: number;
  @Whole('How often WeChat allows it', { example: clearingsAMonth }) clearings_a_month!: number;
  @Text("Why WeChat's counts are missing", { nullable: true, example: null }) wechat_failure!: Sentence | null;
}

export const quotaAnswer = (appid: string, view: QuotaView): QuotaAnswer => ({
  appid,
  day: view.day,
  apis: view.apis.map(useAnswer),
  cleared_this_month: view.clearingsThisMonth,
  clearings_a_month: clearingsAMonth,
  wechat_failure: view.wechatFailure,
});

const useAnswer = ({ api, calls, failures, callers, quota }: ApiUse): ApiUseAnswer => ({
  api,
  calls,
  failures,
  callers: callers.map((use) => ({ caller: use.caller, calls: Number(use.calls), failures: Number(use.failures) })),
  wechat: quota && { daily_limit: quota.dailyLimit, used: quota.used, remaining: quota.remaining },
});
