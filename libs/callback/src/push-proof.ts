import type { Sentence } from '#errors';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#runtime';
import { Settings } from '#settings';
import { type PushQuery, type PushVerdict, type ReceivedPush, readPush, verifyEcho } from '#wechat';
import { PushMalformed, PushRefused, PushStale } from './callback-errors.js';
import { EventLog } from './event-log.js';
import { PushOutcomes } from './push-outcomes.js';
import { Receivers } from './receivers.js';
import { RefusedPushes } from './refusals/refused-pushes.js';
import type { RefusalReason } from './refusals/refusal-reasons.js';

export interface ArrivedPush {
  readonly appid: string;
  /** The app whose secrets prove it: `appid`, or the platform through which it came. */
  readonly signer: string;
  readonly query: PushQuery;
  readonly body: Buffer;
  readonly from: string;
  /** False for an app that may be a stranger's invention: nothing is counted under its name. */
  readonly isKnown: boolean;
  /** Looks closer at what the signature proves; throws PushRefused. */
  readonly check: ((push: ReceivedPush) => Promise<void>) | undefined;
}

/** Proves that a push is from WeChat, and counts those that are not. */
@Injectable()
export class PushProof {
  private readonly log = new Logger('PushProof');

  constructor(
    private readonly receivers: Receivers,
    private readonly events: EventLog,
    private readonly refusals: RefusedPushes,
    private readonly outcomes: PushOutcomes,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  async echo(appid: string, query: PushQuery): Promise<string> {
    const verdict = verifyEcho(await this.receivers.of(appid), query, this.moment());
    if (verdict.kind !== 'echo') throw this.errorOf(appid, verdict);
    // From now on the signature is good for no push, unless it came with one before.
    await this.events.noteCheck(appid, verdict.stamp);
    return verdict.echostr;
  }

  async prove(arrived: ArrivedPush): Promise<ReceivedPush> {
    const { appid, signer, query, body, from } = arrived;
    const receiver = await this.receivers.of(signer);
    const isNobody = receiver === this.receivers.nobody;
    // The sender learns nothing of an app without a callback, but its operator should know that pushes come.
    if (isNobody && (await this.receivers.isApp(signer))) this.refusals.note(signer, 'callback_not_set', from);
    const verdict = readPush(receiver, query, body, this.moment());
    if (verdict.kind !== 'push') {
      if (!isNobody) this.countRefusal(arrived, verdict.kind, reasonOf(verdict));
      throw this.errorOf(appid, verdict);
    }
    await arrived.check?.(verdict.push).catch((error: unknown) => {
      if (error instanceof PushRefused && arrived.isKnown) this.countRefusal(arrived, 'forged', 'another_account');
      throw error;
    });
    return verdict.push;
  }

  private countRefusal({ appid, signer, from, isKnown }: ArrivedPush, outcome: string, reason: RefusalReason): void {
    if (isKnown) this.outcomes.count(appid, outcome);
    this.refusals.note(signer, reason, from);
  }

  private errorOf(appid: string, { kind, why }: { kind: Refusal['kind']; why: Sentence }): Error {
    if (kind === 'malformed') return new PushMalformed(why);
    if (kind === 'forged') return new PushRefused(why);
    this.log.error(`A rightly signed push for ${appid} is refused, since ${why.en}: with a wrong clock every event is lost`);
    return new PushStale(why);
  }

  private moment(): { now: Date; windowSeconds: number } {
    // The machine's own clock, because this check also shows whether that clock is right.
    return { now: this.clock.ownTime(), windowSeconds: this.settings.callbackWindowSeconds };
  }
}

type Refusal = Exclude<PushVerdict, { kind: 'push' }>;

function reasonOf(verdict: Refusal): RefusalReason {
  if (verdict.kind === 'forged') return verdict.reason;
  return verdict.kind === 'stale' ? 'out_of_window' : 'malformed';
}
