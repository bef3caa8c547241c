import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { GatewayError } from '#errors';
import { Lifecycle, Metrics } from '#runtime';
import type { PassiveReply } from '#wechat';
import { Counter } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { EventHandlers } from './event-handlers.js';
import { Event, keptEvent } from './event.entity.js';

/** The reply of one handler that was meant as the answer to an event. */
export interface LateReply {
  readonly appid: string;
  readonly seq: string;
  readonly handler: string;
  readonly openid: string;
  readonly reply: PassiveReply;
}

/** What became of a late reply. `unknown`: WeChat did not say whether it was sent, so it is not sent again. */
export interface Fate {
  readonly status: 'sent' | 'unknown' | 'lost';
  readonly reason?: string;
}

/** How to reach the person after their push was answered. */
export interface WayOut {
  /** Sends the reply once, however often it is called. Throws if nothing was sent. */
  sendLate(late: LateReply): Promise<Fate>;
}

interface Claim extends LateReply {
  readonly attempts: number;
}

const atOnce = 10;
/** Longer than one attempt takes, and longer than the way out holds what it may have sent. */
const leaseSeconds = 70;
/** About four minutes with the pauses below. After that nobody waits for an answer. */
const attemptsMax = 9;
const pauseSeconds = (attempts: number): number => 2 ** (attempts - 1);

/** Replies that came too late for the answer. Each goes out as a message, or is shown as lost. */
@Injectable()
export class LateReplies {
  private readonly log = new Logger('LateReplies');
  private readonly fates: Counter<'handler' | 'result'>;
  private way: WayOut | undefined;
  private underWay = 0;
  private isClaiming = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly handlers: EventHandlers,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    this.fates = new Counter({
      name: 'wx_late_replies_total',
      help: 'Replies too late for the answer, by what became of them: sent (as a message), unknown (WeChat did not say), lost',
      labelNames: ['handler', 'result'],
      registers: [metrics.registry],
    });
  }

  register(way: WayOut): void {
    if (this.way) throw new Error('Late replies have a way out already');
    this.way = way;
  }

  /** If a decision about the event makes the reply late, the reply is written in the same transaction. */
  async keep(
    { appid, seq, handler, openid, reply }: LateReply,
    transaction: EntityManager = this.database.manager,
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO late_reply (appid, seq, handler, openid, reply) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [appid, seq, handler, openid, JSON.stringify(reply)],
    );
  }

  async run(): Promise<void> {
    // A database that is slow must not collect a queue of claims.
    if (!this.lifecycle.isServing || !this.way || this.isClaiming || this.underWay >= atOnce) return;
    this.isClaiming = true;
    try {
      for (const claim of await this.claim(atOnce - this.underWay)) void this.send(claim, this.way);
    } catch (error) {
      this.log.warn(`Late replies wait for the database: ${(error as Error).message}`);
    } finally {
      this.isClaiming = false;
    }
  }

  /** A claim delays the row: if its process dies, the row is due again after a while. */
  private async claim(room: number): Promise<Claim[]> {
    const [claims] = await this.database.query<[Claim[], number]>(
      `UPDATE late_reply SET attempts = attempts + 1, due_at = now() + make_interval(secs => $1)
        WHERE (appid, seq, handler) IN (
          SELECT appid, seq, handler FROM late_reply
           WHERE status = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING appid, seq, handler, openid, reply, attempts`,
      [leaseSeconds, room],
    );
    return claims;
  }

  private async send(claim: Claim, way: WayOut): Promise<void> {
    this.underWay++;
    try {
      await this.settle(claim, await way.sendLate(claim));
    } catch (error) {
      const reason = error instanceof GatewayError ? error.message : 'the gateway failed';
      await (passes(error) && claim.attempts < attemptsMax ? this.putOff(claim) : this.settle(claim, { status: 'lost', reason }));
    } finally {
      this.underWay--;
    }
  }

  private async settle(claim: Claim, { status, reason }: Fate): Promise<void> {
    const { appid, seq, handler, attempts } = claim;
    const settled = this.database.transaction(async (transaction) => {
      const [rows] = await transaction.query<[unknown[], number]>(
        `UPDATE late_reply SET status = $5, reason = $6, reply = NULL
          WHERE appid = $1 AND seq = $2 AND handler = $3 AND status = 'waiting' AND attempts = $4 RETURNING 1`,
        [appid, seq, handler, attempts, status, reason ?? null],
      );
      if (rows.length > 0 && status === 'lost') await this.tell(claim, transaction);
      return rows.length > 0;
    });
    // If the result could not be written, the reply is tried again after the lease. The way out knows that it was sent.
    const isOurs = await settled.catch((error: Error) => {
      this.log.warn(`The result of a late reply was not recorded: ${error.message}`);
      return false;
    });
    if (!isOurs) return;
    this.fates.inc({ handler, result: status });
    if (status !== 'sent') this.log.warn(`A reply of ${handler} to event ${seq} of ${appid} is ${status}: ${reason ?? ''}`);
  }

  private async tell({ appid, seq, handler }: Claim, transaction: EntityManager): Promise<void> {
    const event = await transaction.findOneBy(Event, { appid, seq });
    if (event) await this.handlers.named(handler)?.lost?.(keptEvent(event), transaction);
  }

  private async putOff({ appid, seq, handler, attempts }: Claim): Promise<void> {
    await this.database
      .query(
        `UPDATE late_reply SET due_at = now() + make_interval(secs => $5)
          WHERE appid = $1 AND seq = $2 AND handler = $3 AND attempts = $4`,
        [appid, seq, handler, attempts, pauseSeconds(attempts)],
      )
      .catch((error: Error) => this.log.warn(`A late reply waits for the database: ${error.message}`));
  }
}

/** Whether the failure may pass. Any other is WeChat's final answer, or needs a person. */
function passes(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return true;
  return error.retryAfterSeconds !== undefined || ['unavailable', 'limited', 'upstream-silent'].includes(error.failure.kind);
}
