import { Injectable } from '@nestjs/common';
import { exampleOpenid } from '#api';
import { Clock, Randomness } from '#runtime';
import { trialFields } from '#wechat';
import { AttemptRequests } from './attempt-requests.js';
import { ReceiverHttp, type Attempt } from './receiver-http.js';
import type { Webhook } from './webhook.entity.js';

/** Sends an invented event at once, so that whoever sets up a receiver sees the result. */
@Injectable()
export class TrialDelivery {
  constructor(
    private readonly requests: AttemptRequests,
    private readonly http: ReceiverHttp,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async make(webhook: Webhook): Promise<Attempt> {
    return webhook.format === 'wechat' ? this.echo(webhook) : this.event(webhook);
  }

  private async event(webhook: Webhook): Promise<Attempt> {
    const now = this.clock.now();
    const data = trialFields(exampleOpenid);
    const appid = webhook.appids.find((one) => one !== '*') ?? 'wx0000000000000000';
    const id = `evt_${this.randomness.word(22)}`;
    const event = { id, appid, type: 'event.webhook_test', openid: null, occurredAt: now, receivedAt: now, data };
    return this.http.send(await this.requests.event(webhook, event));
  }

  /** Tests a framework as WeChat does. */
  private async echo(webhook: Webhook): Promise<Attempt> {
    const echostr = String(this.randomness.bytes(6).readUIntBE(0, 6));
    const attempt = await this.http.send(await this.requests.echo(webhook, echostr));
    const isEcho = attempt.response.toString('utf8') === echostr;
    return attempt.error === null && !isEcho ? { ...attempt, error: 'it did not echo what it was sent' } : attempt;
  }
}
