import { Injectable } from '@nestjs/common';
import { Clock, Randomness } from '#runtime';
import { DeliveryMessage } from './delivery-message.js';
import type { Claim, Result } from './due-deliveries.js';
import { ReceiverHttp, type Sent } from './receiver-http.js';
import { pauseAfter } from './retry-plan.js';
import { Webhooks } from './webhooks.js';

const keptBytesMax = 16 * 1_024;

/** One attempt at one delivery: what is sent, and what its answer means. */
@Injectable()
export class DeliverySender {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly requests: DeliveryMessage,
    private readonly http: ReceiverHttp,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async make(claim: Claim): Promise<{ result: Result; sent?: Sent }> {
    if (claim.isExpired) return { result: { claim, state: 'expired', pauseSeconds: null } };
    if (!claim.isHeld) return { result: { claim, state: 'failed', pauseSeconds: null } };
    const webhook = await this.webhooks.known(claim.webhookId);
    if (!webhook) throw new Error('its webhook is gone');
    // What holds a secret is not kept as it came.
    if (webhook.format === 'wechat' && !claim.event.raw) return { result: { claim, state: 'failed', pauseSeconds: null } };
    const sent = await this.http.send(await this.requests.for(webhook, claim));
    return { result: this.resultOf(claim, sent), sent };
  }

  private resultOf(claim: Claim, { status, error, milliseconds, response, retryAfter }: Sent): Result {
    const attempt = { status, error, milliseconds, response: textOf(response) };
    if (error === null) return { claim, state: 'delivered', pauseSeconds: null, attempt };
    const chance = this.randomness.fraction();
    const pauseSeconds = pauseAfter(claim.failures + 1, { retryAfter, chance, now: this.clock.now() }) ?? null;
    return { claim, state: pauseSeconds === null ? 'failed' : 'waiting', pauseSeconds, attempt };
  }
}

/** Fit for the database, whatever the receiver sent. */
export const textOf = (response: Buffer): string => response.subarray(0, keptBytesMax).toString('utf8').replaceAll('\0', '');
