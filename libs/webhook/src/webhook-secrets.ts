import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, Randomness } from '#runtime';
import { type Place, Vault } from '#vault';
import type { EntityManager } from 'typeorm';
import type { SealedSecret, Webhook } from './webhook.entity.js';

const prefix = 'whsec_';
const secretBytes = 32;
/** Who rotates more often than that within one overlap loses the oldest secret. */
const secretsMax = 4;

/** What is signed: the bytes that are sent, the event's id and the time of the attempt. */
export interface SignedMessage {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
}

/** Signatures as https://www.standardwebhooks.com describes them. */
@Injectable()
export class WebhookSecrets {
  /** The row of a webhook is a new object after each change. */
  private readonly opened = new WeakMap<Webhook, { key: Buffer; until: number }[]>();

  constructor(
    private readonly vault: Vault,
    private readonly randomness: Randomness,
    private readonly clock: Clock,
  ) {}

  /** The caller sees the text now and never again. */
  async make(webhookId: string, transaction: EntityManager): Promise<{ text: string; sealed: SealedSecret }> {
    const text = prefix + this.randomness.bytes(secretBytes).toString('base64');
    const id = this.randomness.word(8);
    return { text, sealed: { id, sealed: await this.vault.seal(place(webhookId, id), text, transaction), until: null } };
  }

  /** Puts the new secret first. Former ones sign as well for a while, so that receivers have time to change theirs. */
  rotated(former: readonly SealedSecret[], fresh: SealedSecret, overlapSeconds: number): SealedSecret[] {
    const now = this.clock.now();
    const end = new Date(now.getTime() + overlapSeconds * 1_000);
    const ending = former
      .map((one) => ({ ...one, until: one.until !== null && new Date(one.until) < end ? one.until : end.toISOString() }))
      .filter(({ until }) => new Date(until) > now);
    return [fresh, ...ending].slice(0, secretsMax);
  }

  /** One signature for each valid secret, the newest first. */
  async sign(webhook: Webhook, { id, timestamp, body }: SignedMessage): Promise<Record<string, string>> {
    const now = this.clock.now().getTime();
    const signatures = (await this.keysOf(webhook))
      .filter(({ until }) => until > now)
      .map(({ key }) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
    return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
  }

  private async keysOf(webhook: Webhook): Promise<{ key: Buffer; until: number }[]> {
    const known = this.opened.get(webhook);
    if (known) return known;
    const keys = await Promise.all(
      webhook.secrets.map(async ({ id, sealed, until }) => ({
        key: Buffer.from((await this.vault.open(place(webhook.id, id), sealed)).slice(prefix.length), 'base64'),
        until: until === null ? Number.POSITIVE_INFINITY : new Date(until).getTime(),
      })),
    );
    this.opened.set(webhook, keys);
    return keys;
  }
}

const place = (webhookId: string, id: string): Place => ({
  table: 'webhook',
  column: 'secrets',
  row: `${webhookId} ${id}`,
  owner: 'gateway',
});
