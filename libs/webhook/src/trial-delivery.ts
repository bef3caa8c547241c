import { Injectable } from '@nestjs/common';
import { exampleOpenid } from '#api';
import { eventAnswer } from '#callback';
import { Clock, Randomness } from '#runtime';
import { ReceiverHttp, type Sent } from './receiver-http.js';
import { WebhookSecrets } from './webhook-secrets.js';
import type { Webhook } from './webhook.entity.js';

/** An event that never happened, sent at once, so that whoever sets up a receiver sees what comes of it. */
@Injectable()
export class TrialDelivery {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly http: ReceiverHttp,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async make(webhook: Webhook): Promise<Sent> {
    const now = this.clock.now();
    const id = `evt_${this.randomness.word(22)}`;
    const data = { MsgType: 'event', Event: 'webhook_test', FromUserName: exampleOpenid };
    const appid = webhook.appids.find((one) => one !== '*') ?? 'wx0000000000000000';
    const event = { id, appid, type: 'event.webhook_test', openid: null, occurredAt: now, receivedAt: now, data };
    const body = JSON.stringify(eventAnswer(event));
    const signed = await this.secrets.sign(webhook, { id, timestamp: Math.floor(now.getTime() / 1_000), body });
    return this.http.send({ url: webhook.url, headers: { 'content-type': 'application/json', ...signed }, body });
  }
}
