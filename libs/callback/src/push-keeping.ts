import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Randomness } from '#runtime';
import { type ReceivedPush, dedupeKeyOf, keptForm, wrongSignature } from '#wechat';
import type { Answerers } from './answer-choice.js';
import { PushRefused } from './callback-errors.js';
import { EventLog, type EventToKeep, type Kept, type UsedSignature } from './event-log.js';
import { PushOutcomes } from './push-outcomes.js';
import { type PushTarget, SecretKeepers } from './secret-keepers.js';

/** Keeps a proven push: its secret first, then the event that it becomes. */
@Injectable()
export class PushKeeping {
  constructor(
    private readonly events: EventLog,
    private readonly secrets: SecretKeepers,
    private readonly outcomes: PushOutcomes,
    private readonly randomness: Randomness,
  ) {}

  async keep(target: PushTarget, push: ReceivedPush, answerers: Answerers, arrivedAt: number): Promise<Kept> {
    const event = this.eventOf(target, push, answerers);
    try {
      // Once the event is kept, a repeat of the push is only acknowledged, so the secret comes first.
      await this.secrets.keep(target, push);
      const kept = await this.events.keep(event, arrivedAt);
      this.outcomes.count(target.appid, kept.outcome);
      return kept;
    } catch (error) {
      this.outcomes.count(target.appid, 'not_stored');
      const code = (error as { driverError?: { code?: string } }).driverError?.code;
      // The app was deleted since its secrets were read.
      throw code === '23503' ? new PushRefused(wrongSignature) : error;
    }
  }

  private eventOf({ appid, via }: PushTarget, push: ReceivedPush, { handlers, rule, isAsked }: Answerers): EventToKeep {
    const { openid = null, at: occurredAt } = push.event as { openid?: string | null; at: Date | null };
    const answering = handlers.filter(({ answers }) => answers).map(({ name }) => name);
    return {
      id: `evt_${this.randomness.word(22)}`,
      appid,
      type: push.type,
      openid,
      occurredAt,
      dedupeKey: dedupeKeyOf(push),
      ...keptForm(push),
      reply: rule,
      isDecided: answering.length === 0 && (!isAsked || rule !== null),
      signature: signatureOf(push, via ?? appid),
      handlers: handlers.map(({ name }) => name),
      answering,
    };
  }
}

const signatureOf = ({ stamp, plain, wasEncrypted }: ReceivedPush, signer: string): UsedSignature => ({
  signer,
  stamp,
  messageHash: createHash('sha256').update(plain).digest('base64url'),
  isProven: wasEncrypted,
});
