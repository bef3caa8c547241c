import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { StorageUnavailable } from '#errors';
import type { PassiveReply, PushReply, ReceivedPush } from '#wechat';
import { Repository } from 'typeorm';
import { AnswerTurn } from './answer-turn.js';
import { type EventHandler, EventHandlers } from './event-handlers.js';
import type { Kept } from './event-log.js';
import { EventTasks } from './event-tasks.js';
import { Event } from './event.entity.js';
import { type AskedPush, OutsideReplies } from './outside-replies.js';
import { ReplyRules } from './reply-rules.js';

/** For the commit of an answer that was found in time. */
const commitMilliseconds = 600;
const lookAgainMilliseconds = 100;

export interface Answerers {
  /** All handlers of the event, also those that never answer. */
  readonly handlers: EventHandler[];
  /** The reply of the app's first rule that fits. */
  readonly rule: PassiveReply | null;
  readonly isAsked: boolean;
}

/** Chooses the answer to a kept push: a handler's reply, else that of the app's rules, else that of a service outside. */
@Injectable()
export class AnswerChoice {
  private readonly log = new Logger('AnswerChoice');

  constructor(
    @InjectRepository(Event) private readonly rows: Repository<Event>,
    private readonly tasks: EventTasks,
    private readonly handlers: EventHandlers,
    private readonly outside: OutsideReplies,
    private readonly replyRules: ReplyRules,
  ) {}

  async answerersOf(appid: string, push: ReceivedPush): Promise<Answerers> {
    return {
      handlers: this.handlers.of(push.event, appid),
      rule: await this.replyRules.replyTo(appid, push),
      isAsked: await this.outside.isAsked({ appid, type: push.type }),
    };
  }

  async choose(push: AskedPush, { handlers, rule, isAsked }: Answerers, deadline: number): Promise<PushReply | null> {
    // The service is asked at once, whoever answers in the end: what it is sent is its delivery as well.
    const asked = isAsked ? this.askOutside(push) : undefined;
    const answering = handlers.filter(({ answers }) => answers);
    const reply = answering.length > 0 ? await this.replyOfHandlers(push, answering, deadline) : undefined;
    if (handlers.length > 0) this.tasks.run();
    if (reply) return reply;
    if (asked && !rule) return this.replyOfService(push, asked, deadline);
    // Whoever answers later must find that it is too late.
    if (asked || answering.length > 0) void this.settle(push, rule);
    return rule;
  }

  /** A repeat gets the answer to the first push, which may not be found yet. */
  async former(appid: string, kept: Kept & { outcome: 'repeat' }, deadline: number): Promise<PushReply | null> {
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

  private async replyOfHandlers(push: AskedPush, answering: EventHandler[], deadline: number): Promise<PassiveReply | undefined> {
    const turn = new AnswerTurn();
    const replying = this.firstReply(push, answering, turn);
    const reply = await beforeDeadline(deadline, replying);
    if (reply || turn.end()) return reply;
    const kept = await beforeDeadline(deadline + commitMilliseconds, replying);
    // Whether it is the answer is not known: WeChat's repeat is told.
    if (!kept) throw new StorageUnavailable();
    return kept;
  }

  private async firstReply(
    { appid, seq }: AskedPush,
    answering: EventHandler[],
    turn: AnswerTurn,
  ): Promise<PassiveReply | undefined> {
    for (const { name } of answering) {
      const reply = await this.tasks.runNow({ appid, seq, handler: name }, turn).catch((error: Error) => {
        this.log.warn(`${name} could not answer: ${error.message}`);
        return undefined;
      });
      if (reply) return reply;
    }
    return undefined;
  }

  /** A reply that is not the answer goes out as a message. */
  private async replyOfService(
    push: AskedPush,
    asked: Promise<PushReply | undefined>,
    deadline: number,
  ): Promise<PushReply | null> {
    const reply = await beforeDeadline(deadline, asked);
    const settling = this.settle(push, reply ?? null);
    // The service is not asked twice, so its reply is kept before WeChat has it. It is late if a repeat was answered without it.
    if (reply && (await beforeDeadline(deadline + commitMilliseconds, settling)) !== false) return reply;
    void asked.then((late) => late && this.outside.sendLate(push, late));
    return null;
  }

  private askOutside(push: AskedPush): Promise<PushReply | undefined> {
    return this.outside.ask(push).catch((error: Error) => {
      this.log.warn(`A service outside could not be asked for an answer: ${error.message}`);
      return undefined;
    });
  }

  /** Whether the reply is the answer from now on; nothing where that could not be learned. */
  private settle({ appid, seq }: AskedPush, reply: PushReply | null): Promise<boolean | undefined> {
    const decided = this.rows.update({ appid, seq, isDecided: false }, { reply, isDecided: true });
    return decided.then(
      ({ affected }) => affected !== 0,
      () => undefined,
    );
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
