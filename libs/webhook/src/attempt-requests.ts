import { Injectable } from '@nestjs/common';
import { Apps } from '#app';
import { eventAnswer } from '#callback';
import { Clock, Randomness } from '#runtime';
import { relayEcho, relayPush } from '#wechat';
import type { Claim, ClaimedEvent } from './due-deliveries.js';
import type { AttemptRequest } from './receiver-http.js';
import { SealedAddresses } from './sealed-addresses.js';
import { RelayKeys } from './relay-keys.js';
import { WebhookSecrets } from './webhook-secrets.js';
import type { Webhook } from './webhook.entity.js';

type OutgoingEvent = Omit<ClaimedEvent, 'raw'>;

/** Makes what is sent to a receiver: the event in our words or the push in WeChat's, signed by us. */
@Injectable()
export class AttemptRequests {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly relayKeys: RelayKeys,
    private readonly addresses: SealedAddresses,
    private readonly apps: Apps,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  for(webhook: Webhook, claim: Claim): Promise<AttemptRequest> {
    return webhook.format === 'wechat' ? this.push(webhook, claim) : this.event(webhook, claim.event);
  }

  /** The same bytes as the event at its own address. */
  async event(webhook: Webhook, event: OutgoingEvent): Promise<AttemptRequest> {
    const body = JSON.stringify(eventAnswer(event));
    const url = await this.addresses.of(webhook);
    return this.signed(webhook, event.id, { url, body, contentType: 'application/json' });
  }

  /** As WeChat would send it to the framework now, because frameworks refuse old pushes. */
  private async push(webhook: Webhook, { event, wasEncrypted }: Claim): Promise<AttemptRequest> {
    const { appid, openid, raw } = event;
    // The form of a push is not kept. If it is sent again, the app's callback mode decides.
    const isSealed = wasEncrypted ?? (await this.apps.get(appid)).callbackMode !== 'plain';
    const between = { receiveId: appid, openid, isSealed };
    const request = relayPush(raw ?? Buffer.alloc(0), between, await this.relayKeys.of(webhook), this.stamp());
    return this.signed(webhook, event.id, { ...request, url: withQuery(await this.addresses.of(webhook), request.query) });
  }

  /** WeChat's first call to an address, by which a framework shows that it has the right token. */
  async echo(webhook: Webhook, echostr: string): Promise<AttemptRequest> {
    const query = relayEcho(await this.relayKeys.of(webhook), this.stamp(), echostr);
    return { url: withQuery(await this.addresses.of(webhook), query), method: 'GET', headers: {}, body: '' };
  }

  private async signed(
    webhook: Webhook,
    id: string,
    { url, body, contentType }: { url: string; body: string; contentType: string },
  ): Promise<AttemptRequest> {
    const { timestamp } = this.stamp();
    const headers = { 'content-type': contentType, ...(await this.secrets.sign(webhook, { id, timestamp, body })) };
    return { url, headers, body };
  }

  private stamp(): { timestamp: number; nonce: string } {
    return { timestamp: Math.floor(this.clock.now().getTime() / 1_000), nonce: this.randomness.word(10) };
  }
}

function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query)) whole.searchParams.append(name, value);
  return whole.href;
}
