import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Changes } from '#changes';
import { Lifecycle, Metrics } from '#runtime';
import { Settings } from '#settings';
import type { PassiveReply } from '#wechat';
import { Counter } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import type { AnswerTurn } from './answer-turn.js';
import { EventHandlers } from './event-handlers.js';
import { Event, keptEvent } from './event.entity.js';
import { LateReplies } from './late-replies.js';

interface Task extends Event {
  readonly handler: string;
  readonly attempts: number;
}

interface TaskKey {
  readonly appid: string;
  readonly seq: string;
  readonly handler: string;
}

const handlerMilliseconds = 20_000;
const lookAgainMilliseconds = 50;
/** About a day, with the pauses below. */
const attemptsMax = 12;
const pauseSeconds = (attempts: number): number => Math.min(4 ** attempts, 3 * 3_600);

/** The row is locked by the transaction that does the task: a process that dies lets go of it, whatever it held. */
const claim = `
  SELECT task.handler, task.attempts, event.appid, event.seq, event.id, event.type, event.openid, event.data
    FROM event_task AS task JOIN event USING (appid, seq)
   WHERE NOT task.given_up AND task.handler = ANY($1)
     AND NOT EXISTS (SELECT 1 FROM event_task AS earlier
                      WHERE earlier.appid = task.appid AND earlier.person = task.person AND earlier.handler = task.handler
                        AND earlier.seq < task.seq AND NOT earlier.given_up)`;

/** What the rooms have to do about events: after the commit, once, again after a failure, in order for each person. */
@Injectable()
export class EventTasks {
  private readonly log = new Logger('EventTasks');
  private readonly outcomes: Counter<'handler' | 'result'>;
  private readonly workersMax: number;
  private readonly answerersMax: number;
  private working = 0;
  private answering = 0;
  private readonly waitingForPlace = new Set<() => void>();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly handlers: EventHandlers,
    private readonly lifecycle: Lifecycle,
    private readonly changes: Changes,
    private readonly late: LateReplies,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    // Pushes that arrive meanwhile need connections too.
    this.workersMax = Math.max(1, Math.floor(settings.databasePoolSize / 3));
    this.answerersMax = Math.max(1, Math.floor(settings.databasePoolSize / 2));
    this.outcomes = new Counter({
      name: 'wx_event_tasks_total',
      help: 'Handlings of events by result: ok, failed (to be tried again), given_up',
      labelNames: ['handler', 'result'],
      registers: [metrics.registry],
    });
  }

  /**
   * One task of one event, for the answer that waits for it; gives what is the answer from now on. Until it is due, the
   * task belongs to whoever kept the event, who calls this; it waits for its turn behind earlier ones of the person.
   */
  async runNow(key: TaskKey, turn: AnswerTurn): Promise<PassiveReply | undefined> {
    const { appid, seq, handler } = key;
    const mine = `${claim} AND task.appid = $2 AND task.seq = $3 FOR UPDATE OF task SKIP LOCKED`;
    try {
      for (;;) {
        if (!(await this.takePlace())) return undefined;
        const reply = await this.runOne(mine, [[handler], appid, seq], turn).finally(() => this.givePlace());
        if (reply !== 'none') return reply;
        if (turn.isOver || !(await this.isThere(key))) return undefined;
        await pause(lookAgainMilliseconds);
      }
    } finally {
      // Somebody may be waiting for just this, and need not wait for the next look at what changed.
      void this.changes.run();
    }
  }

  /** False after half of the budget: whoever began then would hardly be done in time, and speaks later. */
  private async takePlace(): Promise<boolean> {
    if (this.answering < this.answerersMax) return ++this.answering > 0;
    return new Promise((done) => {
      const take = (): void => done(true);
      this.waitingForPlace.add(take);
      setTimeout(() => {
        if (this.waitingForPlace.delete(take)) done(false);
      }, this.settings.replyBudgetMilliseconds / 2).unref();
    });
  }

  private givePlace(): void {
    const [next] = this.waitingForPlace;
    if (!next) return void this.answering--;
    this.waitingForPlace.delete(next);
    next();
  }

  /** Works off what is due. A worker that finds something calls another, up to a few; one that hangs holds up nobody. */
  run(): void {
    if (this.lifecycle.isServing && this.handlers.names.length > 0) this.callWorker();
  }

  private callWorker(): void {
    if (this.working >= this.workersMax) return;
    this.working++;
    void this.work().finally(() => this.working--);
  }

  private async work(): Promise<void> {
    try {
      const next = `${claim} AND task.due_at <= now() ORDER BY task.seq LIMIT 1 FOR UPDATE OF task SKIP LOCKED`;
      while (this.lifecycle.isServing && (await this.runOne(next, [this.handlers.names])) !== 'none') this.callWorker();
    } catch (error) {
      this.log.warn(`Events wait to be handled: ${(error as Error).message}`);
    }
  }

  private async isThere({ appid, seq, handler }: TaskKey): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      'SELECT 1 FROM event_task WHERE appid = $1 AND seq = $2 AND handler = $3 AND NOT given_up',
      [appid, seq, handler],
    );
    return rows.length > 0;
  }

  private async runOne(sql: string, values: unknown[], turn?: AnswerTurn): Promise<PassiveReply | undefined | 'none'> {
    const runner = this.database.createQueryRunner();
    let task: Task | undefined;
    try {
      await runner.startTransaction();
      [task] = (await runner.query(sql, values)) as Task[];
      if (!task) return 'none';
      const reply = await this.handle(task, runner.manager, turn);
      await runner.commitTransaction();
      this.outcomes.inc({ handler: task.handler, result: 'ok' });
      return reply;
    } catch (error) {
      if (!task) throw error;
      await runner.rollbackTransaction().catch(() => undefined);
      await this.postpone(task, error);
      return undefined;
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
    }
  }

  /** Gives the reply if it is the answer; one that is too late for that is kept, to go out as a message. */
  private async handle(task: Task, transaction: EntityManager, turn?: AnswerTurn): Promise<PassiveReply | undefined> {
    const { appid, seq, handler, openid } = task;
    const work = this.handlers.named(handler)?.handle(keptEvent(task), transaction) ?? Promise.resolve(undefined);
    const reply = (await within(handlerMilliseconds, work)) ?? undefined;
    if ((await this.finish(task, reply, transaction, turn)) || !reply) return reply;
    if (reply.kind !== 'empty' && openid !== null) await this.late.keep({ appid, seq, handler, openid, reply }, transaction);
    return undefined;
  }

  /**
   * Ends the task, and says whether its reply is the answer. Each event is decided once: a reply is its answer, which a
   * repeat is given too, or else is said by other means. One statement for both, since WeChat waits for each way to the database.
   */
  private async finish(
    { appid, seq, handler }: TaskKey,
    reply: PassiveReply | undefined,
    transaction: EntityManager,
    turn?: AnswerTurn,
  ): Promise<boolean> {
    const mayAnswer = reply !== undefined && (turn?.take() ?? false);
    const [decided] = await transaction.query<[unknown[], number]>(
      `WITH done AS (DELETE FROM event_task WHERE appid = $1 AND seq = $2 AND handler = $3)
       UPDATE event SET is_decided = true, reply = CASE WHEN $4 THEN $5::jsonb ELSE reply END
        WHERE appid = $1 AND seq = $2 AND NOT is_decided AND $5::jsonb IS NOT NULL RETURNING 1`,
      [appid, seq, handler, mayAnswer, reply ? JSON.stringify(reply) : null],
    );
    if (mayAnswer && decided.length === 0) turn?.giveBack();
    return mayAnswer && decided.length > 0;
  }

  private async postpone(task: Task, error: unknown): Promise<void> {
    const givesUp = task.attempts + 1 >= attemptsMax;
    this.outcomes.inc({ handler: task.handler, result: givesUp ? 'given_up' : 'failed' });
    const text = `Handler ${task.handler} failed on event ${task.id} (attempt ${task.attempts + 1} of ${attemptsMax}): ${(error as Error).message}`;
    if (givesUp) this.log.error(text);
    else this.log.warn(text);
    await this.database
      .query(
        `UPDATE event_task SET attempts = attempts + 1, due_at = now() + make_interval(secs => $4), last_error = $5, given_up = $6
          WHERE appid = $1 AND seq = $2 AND handler = $3`,
        [
          task.appid,
          task.seq,
          task.handler,
          pauseSeconds(task.attempts),
          String((error as Error).message).slice(0, 500),
          givesUp,
        ],
      )
      .catch((late: Error) => this.log.warn(`The failed attempt was not recorded: ${late.message}`));
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${milliseconds} ms`)), milliseconds).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
