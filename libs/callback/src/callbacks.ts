import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { AppNotFound } from '#account';
import { StorageUnavailable } from '#errors';
import { Clock, Metrics, Randomness } from '#runtime';
import { Settings } from '#settings';
import {
  type PassiveReply,
  type PushQuery,
  type PushReply,
  type ReceivedPush,
  type WrittenReply,
  dedupeKeyOf,
  readPush,
  verifyEcho,
  writeReply,
} from '#wechat';
import { Counter } from 'prom-client';
import { Repository } from 'typeorm';
import { AppVoices } from './app-voices.js';
import { PushMalformed, PushRefused, PushStale } from './callback-errors.js';
import { type EventHandler, EventHandlers } from './event-handlers.js';
import { EventLog, type EventToKeep, type Kept } from './event-log.js';
import { EventTasks } from './event-tasks.js';
import { Event } from './event.entity.js';
import { type AskedPush, OutsideReplies } from './outside-replies.js';
import { Receivers } from './receivers.js';
import { type PushTarget, SecretKeepers } from './secret-keepers.js';
import { keptForm } from './secret-pushes.js';

/** WeChat hangs up after five seconds; what is not stored by then is not acknowledged, and comes again. */
const storeMilliseconds = 4_200;
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
    private readonly voices: AppVoices,
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
    if (verdict.kind === 'echo') return verdict.echostr;
    throw verdict.kind === 'stale' ? this.stale(appid, verdict.why) : new PushRefused(verdict.why);
  }

  /** For an account that a platform speaks for, WeChat signs and seals `via` the platform; who knows more of it looks when it is `proven`. */
  async receive(
    appid: string,
    query: PushQuery,
    body: Buffer,
    { via, proven }: { via?: string; proven?: (push: ReceivedPush) => Promise<void> } = {},
  ): Promise<WrittenReply> {
    const deadline = performance.now() + this.settings.replyBudgetMilliseconds;
    const receiver = await this.receivers.of(via ?? appid);
    const verdict = readPush(receiver, query, body, this.moment());
    if (verdict.kind !== 'push') throw this.refusal(appid, verdict);

    const { push } = verdict;
    await proven?.(push).catch((error: unknown) => {
      if (error instanceof PushRefused) this.outcomes.inc({ appid, outcome: 'forged' });
      throw error;
    });
    const handlers = this.handlers.of(push.event, appid);
    const rule = await this.voices.replyTo(appid, push);
    const isAsked = await this.outside.isAsked({ appid, type: push.type });
    const toKeep = this.toKeep(appid, push, body, handlers, rule);
    const kept = await this.keep({ appid, via }, push, isAsked && !rule ? { ...toKeep, isDecided: false } : toKeep);
    this.outcomes.inc({ appid, outcome: kept.outcome });
    if (kept.outcome === 'reused') throw new PushRefused('its signature came before with another body');

    const reply =
      kept.outcome === 'fresh'
        ? await this.decide({ appid, seq: kept.seq, ...push, openid: toKeep.openid }, { handlers, rule, isAsked }, deadline)
        : await this.former(appid, kept, deadline);
    if (!reply) return success;
    const stamp = { timestamp: Math.floor(this.clock.now().getTime() / 1_000), nonce: this.randomness.word(10) };
    return writeReply(push, receiver.receiveId, reply, stamp);
  }

  private refusal(appid: string, verdict: { kind: 'forged' | 'stale' | 'malformed'; why: string }): Error {
    this.outcomes.inc({ appid, outcome: verdict.kind });
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
    body: Buffer,
    handlers: EventHandler[],
    reply: PassiveReply | null,
  ): EventToKeep {
    const { openid = null, at: occurredAt } = push.event as { openid?: string | null; at: Date | null };
    return {
      id: `evt_${this.randomness.word(22)}`,
      appid,
      type: push.type,
      openid,
      occurredAt,
      dedupeKey: dedupeKeyOf(push),
      ...keptForm(push),
      reply,
      isDecided: handlers.every((handler) => !handler.answers),
      // Where the ciphertext is signed, one signature is one body.
      signature: push.wasEncrypted
        ? null
        : { id: push.signatureId, bodyHash: createHash('sha256').update(body).digest('base64url') },
      handlers: handlers.map(({ name }) => name),
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
      throw code === '23503' ? new AppNotFound(appid) : error;
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
    const said = speakers.length === 0 ? undefined : await beforeDeadline(deadline, this.firstWord(appid, seq, speakers));
    if (handlers.length > 0) this.tasks.run();
    const ours = said ?? rule;
    const reply = ours ?? (asked ? await beforeDeadline(deadline, asked) : undefined) ?? null;
    // Nobody waits for this: whoever answers later must find that it is too late.
    if ((speakers.length > 0 || asked) && !said)
      void this.rows.update({ appid, seq, isDecided: false }, { reply, isDecided: true }).catch(() => undefined);
    if (asked && !reply) void asked.then((late) => late && this.outside.sendLate(push, late));
    return reply;
  }

  private askOutside(push: AskedPush): Promise<PushReply | undefined> {
    return this.outside.ask(push).catch((error: Error) => {
      this.log.warn(`A service outside could not be asked for an answer: ${error.message}`);
      return undefined;
    });
  }

  private async firstWord(appid: string, seq: string, speakers: EventHandler[]): Promise<PassiveReply | undefined> {
    for (const { name } of speakers) {
      const reply = await this.tasks.runNow(appid, seq, name).catch((error: Error) => {
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
    const look = async (): Promise<PushReply | null> => {
      while (performance.now() < deadline) {
        const row = await this.rows.findOne({
          where: { appid, seq: kept.seq },
          select: { appid: true, seq: true, reply: true, isDecided: true },
        });
        if (!row || row.isDecided) return row?.reply ?? null;
        await pause(lookAgainMilliseconds);
      }
      return kept.reply;
    };
    return (
      (await beforeDeadline(
        deadline,
        look().catch(() => kept.reply),
      )) ?? kept.reply
    );
  }

  private moment(): { now: Date; windowSeconds: number } {
    return { now: this.clock.now(), windowSeconds: this.settings.callbackWindowSeconds };
  }
}

async function beforeDeadline<T>(deadline: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const late = pause(Math.max(0, deadline - performance.now()), undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
