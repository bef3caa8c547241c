import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { Changes } from '#changes';
import { Lifecycle, Metrics } from '#runtime';
import { Settings } from '#settings';
import type { PassiveReply } from '#wechat';
import { Counter } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { EventHandlers } from './event-handlers.js';
import { Event, keptEvent } from './event.entity.js';

interface Task extends Event {
  readonly handler: string;
  readonly attempts: number;
}

const handlerMilliseconds = 20_000;
/** About a day, with the pauses below. */
const attemptsMax = 12;
const pauseSeconds = (attempts: number): number => Math.min(4 ** attempts, 3 * 3_600);

/** The row is locked by the transaction that does the task: a process that dies lets go of it, whatever it held. */
const claim = `
  SELECT task.handler, task.attempts, event.appid, event.seq, event.id, event.type, event.openid, event.data
    FROM event_task AS task JOIN event USING (appid, seq)
   WHERE task.due_at <= now() AND NOT task.given_up AND task.handler = ANY($1)
     AND NOT EXISTS (SELECT 1 FROM event_task AS earlier
                      WHERE earlier.appid = task.appid AND earlier.person = task.person AND earlier.handler = task.handler
                        AND earlier.seq < task.seq AND NOT earlier.given_up)`;

/** What the rooms have to do about events: after the commit, once, again after a failure, in order for each person. */
@Injectable()
export class EventTasks {
  private readonly log = new Logger('EventTasks');
  private readonly outcomes: Counter<'handler' | 'result'>;
  private readonly workersMax: number;
  private working = 0;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly handlers: EventHandlers,
    private readonly lifecycle: Lifecycle,
    private readonly changes: Changes,
    settings: Settings,
    metrics: Metrics,
  ) {
    // Pushes that arrive meanwhile need connections too.
    this.workersMax = Math.max(1, Math.floor(settings.databasePoolSize / 3));
    this.outcomes = new Counter({
      name: 'wx_event_tasks_total',
      help: 'Handlings of events by result: ok, failed (to be tried again), given_up',
      labelNames: ['handler', 'result'],
      registers: [metrics.registry],
    });
  }

  /** One task of one event now, for the answer that waits for it. Nothing when it is not its turn. */
  async runNow(appid: string, seq: string, handler: string): Promise<PassiveReply | undefined> {
    const reply = await this.runOne(`${claim} AND task.appid = $2 AND task.seq = $3 FOR UPDATE OF task SKIP LOCKED`, [
      [handler],
      appid,
      seq,
    ]);
    // Somebody may be waiting for just this, and need not wait for the next look at what changed.
    void this.changes.run();
    return reply === 'none' ? undefined : reply;
  }

  /** Works off what is due. A worker that finds something calls another, up to a few; one that hangs holds up nobody. */
  @Interval('event-tasks', 1_000)
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
      const next = `${claim} ORDER BY task.seq LIMIT 1 FOR UPDATE OF task SKIP LOCKED`;
      while (this.lifecycle.isServing && (await this.runOne(next, [this.handlers.names])) !== 'none') this.callWorker();
    } catch (error) {
      this.log.warn(`Events wait to be handled: ${(error as Error).message}`);
    }
  }

  private async runOne(sql: string, values: unknown[]): Promise<PassiveReply | undefined | 'none'> {
    const runner = this.database.createQueryRunner();
    let task: Task | undefined;
    try {
      await runner.startTransaction();
      [task] = (await runner.query(sql, values)) as Task[];
      if (!task) return 'none';
      const reply = await this.handle(task, runner.manager);
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

  private async handle(task: Task, transaction: EntityManager): Promise<PassiveReply | undefined> {
    const handler = this.handlers.named(task.handler);
    const work = handler?.handle(keptEvent(task), transaction) ?? Promise.resolve(undefined);
    const reply = (await within(handlerMilliseconds, work)) ?? undefined;
    // Whoever decides first: a repeat of the push is given the same answer.
    await transaction.query(
      `WITH done AS (DELETE FROM event_task WHERE appid = $1 AND seq = $2 AND handler = $3)
       UPDATE event SET reply = $4::jsonb, is_decided = true
        WHERE appid = $1 AND seq = $2 AND NOT is_decided AND $4::jsonb IS NOT NULL`,
      [task.appid, task.seq, task.handler, reply ? JSON.stringify(reply) : null],
    );
    return reply;
  }

  private async postpone(task: Task, error: unknown): Promise<void> {
    const givesUp = task.attempts + 1 >= attemptsMax;
    this.outcomes.inc({ handler: task.handler, result: givesUp ? 'given_up' : 'failed' });
    const what = `${task.handler} failed at the event ${task.id} for the ${task.attempts + 1}. time`;
    if (givesUp) this.log.error(`${what} and is given up: ${(error as Error).message}`);
    else this.log.warn(`${what}: ${(error as Error).message}`);
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
      .catch((late: Error) => this.log.warn(`That could not be noted: ${late.message}`));
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
