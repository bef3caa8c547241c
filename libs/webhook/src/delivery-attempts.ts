import { Injectable } from '@nestjs/common';
import { Clock, Randomness } from '#runtime';
import { AttemptRequests } from './attempt-requests.js';
import type { Claim, Result } from './due-deliveries.js';
import { ReceiverHttp, type Attempt } from './receiver-http.js';
import { pauseAfter } from './retry-plan.js';
import { Webhooks } from './webhooks.js';

const keptBytesMax = 16 * 1_024;

/** Makes one attempt at a delivery, and says what its answer means. */
@Injectable()
export class DeliveryAttempts {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly requests: AttemptRequests,
    private readonly http: ReceiverHttp,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async make(claim: Claim): Promise<{ result: Result; attempt?: Attempt }> {
    if (claim.isExpired) return { result: { claim, state: 'expired', pauseSeconds: null } };
    if (!claim.isHeld) return { result: { claim, state: 'failed', pauseSeconds: null } };
    const webhook = await this.webhooks.known(claim.webhookId);
    if (!webhook) throw new Error('its webhook is gone');
    // An event with a secret is kept without its raw push, so it cannot be relayed.
    if (webhook.format === 'wechat' && !claim.event.raw) return { result: { claim, state: 'failed', pauseSeconds: null } };
    const attempt = await this.http.send(await this.requests.for(webhook, claim));
    return { result: this.resultOf(claim, attempt), attempt };
  }

  private resultOf(claim: Claim, { status, error, milliseconds, response, retryAfter }: Attempt): Result {
    const attempt = { status, error, milliseconds, response: textOf(response) };
    if (error === null) return { claim, state: 'delivered', pauseSeconds: null, attempt };
    const chance = this.randomness.fraction();
    const pauseSeconds = pauseAfter(claim.failures + 1, { retryAfter, chance, now: this.clock.now() }) ?? null;
    return { claim, state: pauseSeconds === null ? 'failed' : 'waiting', pauseSeconds, attempt };
  }
}

/** Fit for the database, whatever the receiver sent. */
export const textOf = (response: Buffer): string => response.subarray(0, keptBytesMax).toString('utf8').replaceAll('\0', '');
