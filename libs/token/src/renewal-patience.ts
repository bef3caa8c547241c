import { WechatQuotaReached } from '#wechat';
import { TokenPending } from './token-errors.js';

const hourSeconds = 3_600;

/** Seconds until a failed renewal is tried again. They are random, so that what failed together is not tried together. */
export function patienceAfter(error: unknown, { failures, chance }: { failures: number; chance: number }): number {
  const spread = 0.8 + chance * 0.4;
  if (error instanceof WechatQuotaReached) return Math.min(hourSeconds, 60 * 2 ** failures) * spread;
  const backOff = Math.min(24, 2 ** failures) * spread;
  return error instanceof TokenPending ? Math.max(backOff, error.retryAfterSeconds ?? 0) : backOff;
}
