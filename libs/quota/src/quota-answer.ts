import { ApiProperty } from '@nestjs/swagger';
import { exampleAppid } from '#api';
import type { Sentence } from '#errors';
import { type ApiUse, type QuotaView, clearingsAMonth } from './quotas.js';

class CallerUse {
  @ApiProperty({ description: 'An API key, the administrator, or the gateway of its own accord', example: 'key:7Qm2' })
  caller!: string;

  @ApiProperty({ type: 'integer', example: 41 })
  calls!: number;

  @ApiProperty({ description: 'Those of them that did not succeed', type: 'integer', example: 1 })
  failures!: number;
}

class WechatCount {
  @ApiProperty({ type: 'integer', example: 100_000 })
  daily_limit!: number;

  @ApiProperty({ description: 'Everybody who holds the secret counts', type: 'integer', example: 44 })
  used!: number;

  @ApiProperty({ type: 'integer', example: 99_956 })
  remaining!: number;
}

class ApiUseAnswer {
  @ApiProperty({ example: '/cgi-bin/message/template/send' })
  api!: string;

  @ApiProperty({ type: 'integer', example: 41 })
  calls!: number;

  @ApiProperty({ type: 'integer', example: 1 })
  failures!: number;

  @ApiProperty({ type: [CallerUse] })
  callers!: CallerUse[];

  @ApiProperty({ description: "WeChat's own count; null where it counts none", type: WechatCount, nullable: true })
  wechat!: WechatCount | null;
}

export class QuotaAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ description: 'The day in China, at whose midnight quotas begin anew', format: 'date', example: '2026-01-31' })
  day!: string;

  @ApiProperty({ description: 'The APIs that were called today through the gateway', type: [ApiUseAnswer] })
  apis!: ApiUseAnswer[];

  @ApiProperty({ description: 'How often the quotas were cleared this month through the gateway', type: 'integer', example: 0 })
  cleared_this_month!: number;

  @ApiProperty({ description: 'How often WeChat allows it', type: 'integer', example: clearingsAMonth })
  clearings_a_month!: number;

  @ApiProperty({ description: "Why WeChat's counts are missing", type: String, nullable: true, example: null })
  wechat_failure!: Sentence | null;
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
