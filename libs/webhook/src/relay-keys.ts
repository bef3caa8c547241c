import { Injectable } from '@nestjs/common';
import { Randomness } from '#runtime';
import { type Place, Vault } from '#vault';
import type { RelaySecrets } from '#wechat';
import type { EntityManager } from 'typeorm';
import type { SealedRelay, Webhook } from './webhook.entity.js';

/** Of the 43rd character only four bits belong to the key: strict decoders want the other two to be zero. */
const lastCharacters = 'AEIMQUYcgkosw048';

/** The token and the AES key that a relay's framework is set up with, in place of those at WeChat. */
@Injectable()
export class RelayKeys {
  /** A webhook's row is another object after each change. */
  private readonly opened = new WeakMap<Webhook, RelaySecrets>();

  constructor(
    private readonly vault: Vault,
    private readonly randomness: Randomness,
  ) {}

  /** Those that are given, or new ones: these are for the caller, now and never again. */
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
