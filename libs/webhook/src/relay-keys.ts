import { Injectable } from '@nestjs/common';
import { Randomness } from '#runtime';
import { type Place, Vault } from '#vault';
import type { RelaySecrets } from '#wechat';
import type { EntityManager } from 'typeorm';
import type { SealedRelay, Webhook } from './webhook.entity.js';

/** Only four bits of the 43rd character belong to the key. Strict decoders want the other two to be zero. */
const lastCharacters = 'AEIMQUYcgkosw048';

/** The token and AES key that a relay's framework uses in place of WeChat's. */
@Injectable()
export class RelayKeys {
  /** The row of a webhook is a new object after each change. */
  private readonly opened = new WeakMap<Webhook, RelaySecrets>();

  constructor(
    private readonly vault: Vault,
    private readonly randomness: Randomness,
  ) {}

  /** Uses the given ones and makes the missing ones, which the caller sees now and never again. */
  async make(
    webhookId: string,
    given: Partial<RelaySecrets>,
    transaction: EntityManager,
  ): Promise<{ made: Partial<RelaySecrets>; sealed: SealedRelay }> {
    const made = {
      ...(given.token === undefined && { token: this.randomness.word(32) }),
      ...(given.encodingAesKey === undefined && { encodingAesKey: this.aesKey() }),
    };
    const { token = '', encodingAesKey = '' } = { ...given, ...made };
    const id = this.randomness.word(8);
    const sealed = {
      id,
      token: await this.vault.seal(place(webhookId, `${id} token`), token, transaction),
      encodingAesKey: await this.vault.seal(place(webhookId, `${id} key`), encodingAesKey, transaction),
    };
    return { made, sealed };
  }

  async of(webhook: Webhook): Promise<RelaySecrets> {
    const known = this.opened.get(webhook);
    if (known) return known;
    const { relay } = webhook;
    if (!relay) throw new Error(`The webhook ${webhook.id} relays nothing`);
    const clear = {
      token: await this.vault.open(place(webhook.id, `${relay.id} token`), relay.token),
      encodingAesKey: await this.vault.open(place(webhook.id, `${relay.id} key`), relay.encodingAesKey),
    };
    this.opened.set(webhook, clear);
    return clear;
  }

  private aesKey(): string {
    return this.randomness.word(42) + lastCharacters.charAt((this.randomness.bytes(1)[0] ?? 0) % lastCharacters.length);
  }
}

const place = (webhookId: string, id: string): Place => ({
  table: 'webhook',
  column: 'relay',
  row: `${webhookId} ${id}`,
  owner: 'gateway',
});
