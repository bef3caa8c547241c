import { Injectable } from '@nestjs/common';
import { exampleOpenid } from '#api';
import { Clock, Randomness } from '#runtime';
import { trialFields } from '#wechat';
import { DeliveryMessage } from './delivery-message.js';
import { ReceiverHttp, type Sent } from './receiver-http.js';
import type { Webhook } from './webhook.entity.js';

/** An event that never happened, sent at once, so that whoever sets up a receiver sees what comes of it. */
@Injectable()
export class TrialDelivery {
  constructor(
    private readonly requests: DeliveryMessage,
    private readonly http: ReceiverHttp,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async make(webhook: Webhook): Promise<Sent> {
    return webhook.format === 'wechat' ? this.echo(webhook) : this.event(webhook);
  }

  private async event(webhook: Webhook): Promise<Sent> {
    const now = this.clock.now();
    const data = trialFields(exampleOpenid);
    const appid = webhook.appids.find((one) => one !== '*') ?? 'wx0000000000000000';
    const id = `evt_${this.randomness.word(22)}`;
    const event = { id, appid, type: 'event.webhook_test', openid: null, occurredAt: now, receivedAt: now, data };
    return this.http.send(await this.requests.event(webhook, event));
  }

  /** A framework is tried as WeChat tries it. */
  private async echo(webhook: Webhook): Promise<Sent> {
    const echostr = String(this.randomness.bytes(6).readUIntBE(0, 6));
    const sent = await this.http.send(await this.requests.echo(webhook, echostr));
    const isEcho = sent.response.toString('utf8') === echostr;
    return sent.error === null && !isEcho ? { ...sent, error: 'it did not echo what it was sent' } : sent;
  }
}
