import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Apps } from '#app';
import { type AskedPush, LateReplies, type OutsideReplier, OutsideReplies, replyFrom } from '#callback';
import { GatewayError } from '#errors';
import { Metrics } from '#runtime';
import { type PassiveReply, type PushReply, RelayReplyRefused, passiveReplyIn, readRelayReply } from '#wechat';
import { Counter } from 'prom-client';
import { DeliveryWorker } from './delivery-worker.js';
import { type Claim, DueDeliveries } from './due-deliveries.js';
import type { Attempt } from './receiver-http.js';
import { RelayKeys } from './relay-keys.js';
import { Webhooks } from './webhooks.js';

const underWayMax = 2_000;

/** Services that answer a push. Whoever received it makes the first attempt at their delivery at once: its answer is the reply. */
@Injectable()
export class ServiceReplies implements OutsideReplier, OnModuleInit {
  private readonly log = new Logger('ServiceReplies');
  private readonly replies: Counter<'result'>;

  constructor(
    private readonly webhooks: Webhooks,
    private readonly due: DueDeliveries,
    private readonly worker: DeliveryWorker,
    private readonly outside: OutsideReplies,
    private readonly apps: Apps,
    private readonly late: LateReplies,
    private readonly relayKeys: RelayKeys,
    metrics: Metrics,
  ) {
    this.replies = new Counter({
      name: 'wx_webhook_replies_total',
      help: 'Answers of services that were asked: reply, none, unreadable; and late, when they were sent as a message of their own',
      labelNames: ['result'],
      registers: [metrics.registry],
    });
  }

  onModuleInit(): void {
    this.outside.register(this);
  }

  async isAsked({ appid, type }: { appid: string; type: string }): Promise<boolean> {
    return (await this.webhooks.replying()).some((webhook) => webhook.takes(appid, type));
  }

  async ask(push: AskedPush): Promise<PushReply | undefined> {
    // If too many people wait for a silent service, new ones are answered without it, and the service gets its delivery later.
    if (this.worker.underWayCount >= underWayMax) return undefined;
    const claim = await this.due.claimAsked(push);
    if (!claim) return undefined;
    const attempt = await this.worker.attempt({ ...claim, wasEncrypted: push.wasEncrypted });
    if (!attempt || attempt.error !== null) return undefined;
    try {
      const reply = await this.replyIn(claim, attempt);
      this.replies.inc({ result: reply ? 'reply' : 'none' });
      if (!reply || (await this.maySay(push.appid, reply))) return reply;
      await this.sendLate(push, reply);
    } catch (error) {
      this.replies.inc({ result: 'unreadable' });
      this.log.warn(`The answer of webhook ${claim.webhookId} to event ${claim.event.id} is not a reply: ${wordsFor(error)}`);
    }
    return undefined;
  }

  async sendLate(push: AskedPush, reply: PushReply): Promise<void> {
    this.replies.inc({ result: 'late' });
    const { appid, seq, openid } = push;
    const words = reply.kind === 'relayed' ? passiveReplyIn(reply) : reply;
    if (!words || words.kind === 'empty' || openid === null) return;
    await this.late
      .keep({ appid, seq, openid, handler: 'service', reply: words })
      .catch((error: Error) => this.log.warn(`A late reply for ${appid} was not kept: ${error.message}`));
  }

  private async replyIn(claim: Claim, { response }: Attempt): Promise<PushReply | undefined> {
    const webhook = await this.webhooks.known(claim.webhookId);
    const text = response.toString('utf8');
    if (webhook?.format !== 'wechat') return replyIn(text);
    return readRelayReply(text, { receiveId: claim.appid }, await this.relayKeys.of(webhook));
  }

  /** In answer to a push of a mini program WeChat accepts only the transfer to customer service. */
  private async maySay(appid: string, reply: PushReply): Promise<boolean> {
    return reply.kind === 'transfer' || reply.kind === 'relayed' || (await this.apps.get(appid)).kind !== 'mini_program';
  }
}

/** Other errors would repeat the text that they could not read. */
const wordsFor = (error: unknown): string =>
  error instanceof GatewayError || error instanceof RelayReplyRefused ? error.message : 'it cannot be read';

/** An empty answer, or one that is no JSON object, is no reply. */
async function replyIn(text: string): Promise<PassiveReply | undefined> {
  if (!/^\s*\{/.test(text)) return undefined;
  const said = JSON.parse(text) as Record<string, unknown>;
  // The content of a text may be called `text` as well.
  return replyFrom(said.type === 'text' && said.content === undefined ? { type: 'text', content: said.text } : said);
}
