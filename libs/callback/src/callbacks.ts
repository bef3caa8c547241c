import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { StorageUnavailable } from '#errors';
import { Clock, Randomness, requestUnderWay } from '#runtime';
import { Settings } from '#settings';
import { type PushQuery, type ReceivedPush, type WrittenReply, writeReply } from '#wechat';
import { AnswerChoice, type Answerers } from './answer-choice.js';
import { PushRefused } from './callback-errors.js';
import type { Kept } from './event-log.js';
import { LatePushes, commitMilliseconds } from './late-pushes.js';
import { PushKeeping } from './push-keeping.js';
import { PushProof } from './push-proof.js';
import { RefusedPushes } from './refusals/refused-pushes.js';

const hangs = Symbol('hangs');
const success: WrittenReply = { contentType: 'text/plain', body: 'success' };

/** Where a push came from, and what is known of it beforehand. */
interface PushOrigin {
  readonly from: string;
  readonly via?: string;
  readonly proven?: (push: ReceivedPush) => Promise<void>;
  readonly known?: boolean;
}

interface StoredPush {
  readonly push: ReceivedPush;
  readonly answerers: Answerers;
  readonly kept: Exclude<Kept, { outcome: 'reused' }>;
}

/** A push from its arrival to its answer: proven, kept, handled, answered, in this order. */
@Injectable()
export class Callbacks {
  constructor(
    private readonly proof: PushProof,
    private readonly keeping: PushKeeping,
    private readonly answers: AnswerChoice,
    private readonly late: LatePushes,
    private readonly refusals: RefusedPushes,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** What WeChat wants to hear before it accepts the address. */
  echo(appid: string, query: PushQuery): Promise<string> {
    return this.proof.echo(appid, query);
  }

  /**
   * For an account that a platform speaks for, WeChat signs and seals `via` the platform; who knows more of it looks when
   * it is `proven`. One that is refused counts, by where it came `from`, for whoever's secrets it should have had; an account
   * that is not `known` may be a stranger's invention, and nothing is counted under its name.
   */
  async receive(appid: string, query: PushQuery, body: Buffer, origin: PushOrigin): Promise<WrittenReply> {
    const arrivedAt = requestUnderWay.getStore()?.arrivedAt ?? performance.now();
    const deadline = arrivedAt + this.settings.replyBudgetMilliseconds;
    const { push, answerers, kept } = await this.inTime(arrivedAt, this.store(appid, query, body, { ...origin, arrivedAt }));

    const { openid = null } = push.event as { openid?: string | null };
    const reply =
      kept.outcome === 'fresh'
        ? await this.answers.choose({ ...push, appid, seq: kept.seq, openid }, answerers, deadline)
        : await this.answers.former(appid, kept, deadline);
    if (!reply) return success;
    const stamp = { timestamp: Math.floor(this.clock.now().getTime() / 1_000), nonce: this.randomness.word(10) };
    return writeReply(push, origin.via ?? appid, reply, stamp);
  }

  /** What hangs is answered all the same. A late success is a success: the repeat that WeChat then sends is recognised. */
  private async inTime<T>(arrivedAt: number, storing: Promise<T>): Promise<T> {
    const milliseconds = Math.max(0, arrivedAt + commitMilliseconds - performance.now());
    const done = await Promise.race([storing, pause(milliseconds, hangs, { ref: false })]);
    if (done !== hangs) return done;
    this.late.note('commit');
    throw new StorageUnavailable();
  }

  private async store(
    appid: string,
    query: PushQuery,
    body: Buffer,
    { from, via, proven, known = true, arrivedAt }: PushOrigin & { arrivedAt: number },
  ): Promise<StoredPush> {
    const signer = via ?? appid;
    const push = await this.proof.prove({ appid, signer, query, body, from, isKnown: known, check: proven });
    const answerers = await this.answers.answerersOf(appid, push);
    const kept = await this.keeping.keep({ appid, via }, push, answerers, arrivedAt);
    if (kept.outcome === 'reused') {
      this.refusals.note(signer, 'signature_reused', from);
      throw new PushRefused({ en: 'its signature came before with another message', zh: '它的签名之前用于另一条消息' });
    }
    this.refusals.accepted(signer);
    return { push, answerers, kept };
  }
}
