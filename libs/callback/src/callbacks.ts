import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { StorageUnavailable } from '#errors';
import { Clock, Metrics, Randomness } from '#runtime';
import { Settings } from '#settings';
import {
  type PassiveReply,
  type PushQuery,
  type PushReply,
  type PushVerdict,
  type ReceivedPush,
  type WrittenReply,
  dedupeKeyOf,
  readPush,
  verifyEcho,
  wrongSignature,
  writeReply,
  keptForm,
} from '#wechat';
import { Counter } from 'prom-client';
import { Repository } from 'typeorm';
import { AnswerTurn } from './answer-turn.js';
import { ReplyRules } from './reply-rules.js';
import { PushMalformed, PushRefused, PushStale } from './callback-errors.js';
import { type EventHandler, EventHandlers } from './event-handlers.js';
import { EventLog, type EventToKeep, type Kept, type UsedSignature } from './event-log.js';
import { EventTasks } from './event-tasks.js';
import { Event } from './event.entity.js';
import { type AskedPush, OutsideReplies } from './outside-replies.js';
import { Receivers } from './receivers.js';
import { RefusedPushes } from './refusals/refused-pushes.js';
import type { RefusalReason } from './refusals/refusal-reasons.js';
import { type PushTarget, SecretKeepers } from './secret-keepers.js';

/** WeChat hangs up after five seconds; what is not stored by then is not acknowledged, and comes again. */
const storeMilliseconds = 4_200;
/** For the commit of an answer that was found in time. */
const commitMilliseconds = 600;
const lookAgainMilliseconds = 100;
const success: WrittenReply = { contentType: 'text/plain', body: 'success' };

/** A push from its arrival to its answer: proven, kept, handled, answered, in this order. */
@Injectable()
export class Callbacks {
  private readonly log = new Logger('Callbacks');
  private readonly outcomes: Counter<'appid' | 'outcome'>;

  constructor(
    @InjectRepository(Event) private readonly rows: Repository<Event>,
    private readonly receivers: Receivers,
    private readonly events: EventLog,
    private readonly tasks: EventTasks,
    private readonly handlers: EventHandlers,
    private readonly secrets: SecretKeepers,
    private readonly outside: OutsideReplies,
    private readonly replyRules: ReplyRules,
    private readonly refusals: RefusedPushes,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    metrics: Metrics,
  ) {
    this.outcomes = new Counter({
      name: 'wx_callbacks_total',
      help: 'Pushes by app and outcome: fresh, repeat, forged, stale (a wrong clock loses everything), malformed, reused, not_stored',
      labelNames: ['appid', 'outcome'],
      registers: [metrics.registry],
    });
  }

  /** What WeChat wants to hear before it accepts the address. */
  async echo(appid: string, query: PushQuery): Promise<string> {
    const verdict = verifyEcho(await this.receivers.of(appid), query, this.moment());
    if (verdict.kind !== 'echo') throw verdict.kind === 'stale' ? this.stale(appid, verdict.why) : new PushRefused(verdict.why);
    // From now on it is good for no push, unless it came with one before.
    await this.events.noteCheck(appid, verdict.stamp);
    return verdict.echostr;
  }

  /**
   * For an account that a platform speaks for, WeChat signs and seals `via` the platform; who knows more of it looks when
   * it is `proven`. One that is refused counts, by where it came `from`, for whoever's secrets it should have had; an account
   * that is not `known` may be a stranger's invention, and nothing is counted under its name.
   */
  async receive(
    appid: string,
    query: PushQuery,
    body: Buffer,
    {
      from,
      via,
      proven,
      known = true,
    }: { from: string; via?: string; proven?: (push: ReceivedPush) => Promise<void>; known?: boolean },
  ): Promise<WrittenReply> {
    const deadline = performance.now() + this.settings.replyBudgetMilliseconds;
    const receiver = await this.receivers.of(via ?? appid);
    const refused = (reason: RefusalReason): void => {
      if (receiver !== this.receivers.nobody) this.refusals.note(via ?? appid, reason, from);
    };
    if (receiver === this.receivers.nobody) await this.noteMissingCallback(via ?? appid, from);
    const verdict = readPush(receiver, query, body, this.moment());
    const isCounted = known && receiver !== this.receivers.nobody;
    if (verdict.kind !== 'push') throw this.refusal(appid, verdict, { isCounted, refused });

    const { push } = verdict;
    await proven?.(push).catch((error: unknown) => {
      if (error instanceof PushRefused && isCounted) {
        this.outcomes.inc({ appid, outcome: 'forged' });
        refused('another_account');
      }
      throw error;
    });
    const handlers = this.handlers.of(push.event, appid);
    const rule = await this.replyRules.replyTo(appid, push);
    const isAsked = await this.outside.isAsked({ appid, type: push.type });
    const toKeep = { ...this.toKeep(appid, push, handlers, rule), signature: signatureOf(push, via ?? appid) };
    const kept = await this.keep({ appid, via }, push, isAsked && !rule ? { ...toKeep, isDecided: false } : toKeep);
    this.outcomes.inc({ appid, outcome: kept.outcome });
    if (kept.outcome === 'reused') {
      refused('signature_reused');
      throw new PushRefused('its signature came before with another message');
    }
    this.refusals.accepted(via ?? appid);

    const reply =
      kept.outcome === 'fresh'
        ? await this.decide({ appid, seq: kept.seq, ...push, openid: toKeep.openid }, { handlers, rule, isAsked }, deadline)
        : await this.former(appid, kept, deadline);
    if (!reply) return success;
    const stamp = { timestamp: Math.floor(this.clock.now().getTime() / 1_000), nonce: this.randomness.word(10) };
    return writeReply(push, receiver.receiveId, reply, stamp);
  }

  /** Whoever has no callback is told nothing; that pushes come all the same is for its operator to know. */
  private async noteMissingCallback(appid: string, from: string): Promise<void> {
    if (await this.receivers.isApp(appid)) this.refusals.note(appid, 'callback_not_set', from);
  }

  private refusal(
    appid: string,
    verdict: Exclude<PushVerdict, { kind: 'push' }>,
    { isCounted, refused }: { isCounted: boolean; refused: (reason: RefusalReason) => void },
  ): Error {
    if (isCounted) this.outcomes.inc({ appid, outcome: verdict.kind });
    refused(verdict.kind === 'forged' ? verdict.reason : verdict.kind === 'stale' ? 'out_of_window' : 'malformed');
    if (verdict.kind === 'stale') return this.stale(appid, verdict.why);
    return verdict.kind === 'malformed' ? new PushMalformed(verdict.why) : new PushRefused(verdict.why);
  }

  private stale(appid: string, why: string): PushStale {
    this.log.error(`A rightly signed push for ${appid} is refused, since ${why}: with a wrong clock every event is lost`);
    return new PushStale(why);
  }

  private toKeep(
    appid: string,
    push: ReceivedPush,
    handlers: EventHandler[],
    reply: PassiveReply | null,
  ): Omit<EventToKeep, 'signature'> {
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
      reply,
      isDecided: answering.length === 0,
      handlers: handlers.map(({ name }) => name),
      answering,
    };
  }

  private async keep(target: PushTarget, push: ReceivedPush, event: EventToKeep): Promise<Kept> {
    const { appid } = target;
    // A secret first: once the event is kept, a repeat of the push is only acknowledged.
    const storing = this.secrets.keep(target, push).then(() => this.events.keep(event));
    // A late success is a success: the repeat that WeChat then sends is recognised.
    storing.catch(() => undefined);
    try {
      return await Promise.race([storing, pause(storeMilliseconds, 'late' as const, { ref: false })]).then((kept) => {
        if (kept === 'late') throw new StorageUnavailable();
        return kept;
      });
    } catch (error) {
      this.outcomes.inc({ appid, outcome: 'not_stored' });
      const code = (error as { driverError?: { code?: string } }).driverError?.code;
      // The app was deleted since its secrets were read.
      throw code === '23503' ? new PushRefused(wrongSignature) : error;
    }
  }

  /** The first handler that has something to say, in time; else what the app's rules say; else a service outside. */
  private async decide(
    push: AskedPush,
    { handlers, rule, isAsked }: { handlers: EventHandler[]; rule: PassiveReply | null; isAsked: boolean },
    deadline: number,
  ): Promise<PushReply | null> {
    // Asked now, whoever answers in the end: it is the service's delivery as well.
    const asked = isAsked ? this.askOutside(push) : undefined;
    if (handlers.length === 0 && !asked) return rule;
    const { appid, seq } = push;
    const speakers = handlers.filter(({ answers }) => answers);
    const said = speakers.length === 0 ? undefined : await this.firstWord({ appid, seq }, speakers, deadline);
    if (handlers.length > 0) this.tasks.run();
    if (said) return said;
    const outside = asked && !rule ? await beforeDeadline(deadline, asked) : undefined;
    // Whoever answers later must find that it is too late.
    const decided = speakers.length > 0 || asked ? this.settle(push, rule ?? outside ?? null) : undefined;
    // What could not be said again is kept before it is said; where a repeat was answered without it, it is late.
    const isOurs = outside && decided ? ((await beforeDeadline(deadline + commitMilliseconds, decided)) ?? true) : false;
    const reply = rule ?? (isOurs ? outside : undefined) ?? null;
    if (asked && !reply) void asked.then((late) => late && this.outside.sendLate(push, late));
    return reply;
  }

  /** Whether it is the answer from now on; nothing where that could not be learned. */
  private settle({ appid, seq }: AskedPush, reply: PushReply | null): Promise<boolean | undefined> {
    const decided = this.rows.update({ appid, seq, isDecided: false }, { reply, isDecided: true });
    return decided.then(
      ({ affected }) => affected !== 0,
      () => undefined,
    );
  }

  private askOutside(push: AskedPush): Promise<PushReply | undefined> {
    return this.outside.ask(push).catch((error: Error) => {
      this.log.warn(`A service outside could not be asked for an answer: ${error.message}`);
      return undefined;
    });
  }

  private async firstWord(
    event: { appid: string; seq: string },
    speakers: EventHandler[],
    deadline: number,
  ): Promise<PassiveReply | undefined> {
    const turn = new AnswerTurn();
    const words = this.wordOf(event, speakers, turn);
    const said = await beforeDeadline(deadline, words);
    if (said || turn.end()) return said;
    const kept = await beforeDeadline(deadline + commitMilliseconds, words);
    // Whether it is the answer is not known: WeChat's repeat is told.
    if (!kept) throw new StorageUnavailable();
    return kept;
  }

  private async wordOf(
    event: { appid: string; seq: string },
    speakers: EventHandler[],
    turn: AnswerTurn,
  ): Promise<PassiveReply | undefined> {
    for (const { name } of speakers) {
      const reply = await this.tasks.runNow({ ...event, handler: name }, turn).catch((error: Error) => {
        this.log.warn(`${name} could not answer: ${error.message}`);
        return undefined;
      });
      if (reply) return reply;
    }
    return undefined;
  }

  /** A repeat gets the answer of the first, which may still be thinking. */
  private async former(appid: string, kept: Kept & { outcome: 'repeat' }, deadline: number): Promise<PushReply | null> {
    if (kept.isDecided) return kept.reply;
    const { seq } = kept;
    const look = async (): Promise<PushReply | null> => {
      for (;;) {
        const row = await this.rows.findOne({
          where: { appid, seq },
          select: { appid: true, seq: true, reply: true, isDecided: true },
        });
        if (!row || row.isDecided) return row?.reply ?? null;
        // Whoever received the first may be dead. What is answered now is the answer: a reply that comes later is a message.
        if (performance.now() >= deadline) await this.rows.update({ appid, seq, isDecided: false }, { isDecided: true });
        else await pause(lookAgainMilliseconds);
      }
    };
    const found = look().catch(() => kept.reply);
    return (await beforeDeadline(deadline + commitMilliseconds, found)) ?? kept.reply;
  }

  private moment(): { now: Date; windowSeconds: number } {
    // Whether this machine's clock is right is just what this tells.
    return { now: this.clock.ownTime(), windowSeconds: this.settings.callbackWindowSeconds };
  }
}

const signatureOf = ({ stamp, plain, wasEncrypted }: ReceivedPush, signer: string): UsedSignature => ({
  signer,
  stamp,
  messageHash: createHash('sha256').update(plain).digest('base64url'),
  isProven: wasEncrypted,
});

async function beforeDeadline<T>(deadline: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const late = pause(Math.max(0, deadline - performance.now()), undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
