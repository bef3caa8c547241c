import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Settings } from '#settings';
import type { PushReply } from '#wechat';
import { DataSource } from 'typeorm';
import { LatePushes, storeMilliseconds } from './late-pushes.js';
import { Pace } from './pace.js';

export interface EventToKeep {
  readonly id: string;
  readonly appid: string;
  readonly type: string;
  readonly openid: string | null;
  readonly occurredAt: Date | null;
  readonly dedupeKey: string;
  readonly data: string | null;
  readonly raw: Buffer | null;
  readonly reply: PushReply | null;
  readonly isDecided: boolean;
  readonly signature: UsedSignature;
  readonly handlers: readonly string[];
  /** Those of the handlers for whose reply the answer waits. */
  readonly answering: readonly string[];
}

/** A signature of WeChat's, and the clear message that came with it. */
export interface UsedSignature {
  /** Whose token signed: one token may speak for many apps. */
  readonly signer: string;
  readonly stamp: string;
  readonly messageHash: string;
  /** Something else proves the message. */
  readonly isProven: boolean;
}

export type Kept =
  | { readonly outcome: 'fresh'; readonly seq: string }
  | { readonly outcome: 'repeat'; readonly seq: string; readonly reply: PushReply | null; readonly isDecided: boolean }
  /** A signature that came before, with another message. */
  | { readonly outcome: 'reused' };

interface Waiting {
  readonly event: EventToKeep;
  readonly arrivedAt: number;
  readonly done: (kept: Kept) => void;
  readonly failed: (error: unknown) => void;
}

interface KeptRow {
  outcome: Kept['outcome'];
  kept_seq: string;
  kept_reply: PushReply | null;
  kept_decided: boolean;
}

/** The driver holds what it sends several times over. One event may be larger, and goes alone. */
const commitBytesMax = 1_000_000;

/**
 * Stores events. Those that arrive while a commit is under way share the next one: under load the disk is asked once
 * for many, and a lone event waits for nobody.
 */
@Injectable()
export class EventLog {
  private waiting: Waiting[] = [];
  private isWriting = false;
  /** Of commits, since one takes as long with many events as with few. */
  private readonly pace = new Pace();
  private begunAt = 0;
  private sweep: NodeJS.Timeout | undefined;
  private readonly listeners: (() => void)[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly settings: Settings,
    private readonly late: LatePushes,
  ) {}

  get countOfWaiting(): number {
    return this.waiting.length;
  }

  /** Until an event that comes now is committed. A commit that has hung for long may hang for as long again. */
  expectedMilliseconds(now: number): number {
    const commits = Math.ceil((this.waiting.length + 1) / this.settings.eventsPerCommit);
    return (this.isWriting ? now - this.begunAt : 0) + commits * this.pace.milliseconds;
  }

  /** Told after each commit. */
  watch(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** A signature that came with no message. */
  async noteCheck(signer: string, stamp: string): Promise<void> {
    await this.database.query(`SELECT note_signature($1, $2, 'a check of the address', false)`, [signer, stamp]);
  }

  /** Done when the event is committed. Fails unwritten where its time is over before its commit begins. */
  keep(event: EventToKeep, arrivedAt: number): Promise<Kept> {
    return new Promise((done, failed) => {
      this.waiting.push({ event, arrivedAt, done, failed });
      if (this.isWriting) this.watchOver(arrivedAt);
      else void this.write();
    });
  }

  private watchOver(arrivedAt: number): void {
    this.sweep ??= setTimeout(
      () => {
        this.sweep = undefined;
        this.refuseLate();
        const [first] = this.waiting;
        if (first) this.watchOver(first.arrivedAt);
      },
      arrivedAt + storeMilliseconds - performance.now(),
    ).unref();
  }

  private refuseLate(): void {
    const latest = performance.now() - storeMilliseconds;
    if (!this.waiting.some(({ arrivedAt }) => arrivedAt <= latest)) return;
    const late = this.waiting.filter(({ arrivedAt }) => arrivedAt <= latest);
    this.waiting = this.waiting.filter(({ arrivedAt }) => arrivedAt > latest);
    for (const { failed } of late) {
      this.late.note('queue');
      failed(this.late.failure);
    }
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    for (this.refuseLate(); this.waiting.length > 0; this.refuseLate()) {
      const batch = this.waiting.splice(0, this.countOfNext());
      this.begunAt = performance.now();
      try {
        const rows = await this.commit(batch.map(({ event }) => event));
        batch.forEach(({ done, failed }, at) => {
          const row = rows[at];
          if (row) done(keptOf(row));
          else failed(new Error('Fewer events came back than were given'));
        });
      } catch (error) {
        await this.writeEach(batch, error);
      }
      this.pace.took(performance.now() - this.begunAt, 1);
      for (const listener of this.listeners) listener();
    }
    this.isWriting = false;
  }

  private countOfNext(): number {
    let [count, bytes] = [0, 0];
    for (const { event } of this.waiting) {
      bytes += (event.raw?.length ?? 0) + (event.data?.length ?? 0);
      if (count > 0 && (count === this.settings.eventsPerCommit || bytes > commitBytesMax)) break;
      count++;
    }
    return count;
  }

  /** One event that the database refuses must not take its neighbours with it. */
  private async writeEach(batch: Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1 || isAboutConnection(error)) {
      for (const { failed } of batch) failed(error);
      return;
    }
    for (const one of batch) {
      try {
        const [row] = await this.commit([one.event]);
        if (row) one.done(keptOf(row));
      } catch (alone) {
        one.failed(alone);
      }
    }
  }

  private commit(events: EventToKeep[]): Promise<KeptRow[]> {
    const column = <T>(read: (event: EventToKeep) => T): T[] => events.map(read);
    return this.database.query<KeptRow[]>(
      `SELECT outcome, kept_seq, kept_reply, kept_decided
         FROM keep_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, make_interval(secs => $17))`,
      [
        column(({ id }) => id),
        column(({ appid }) => appid),
        column(({ type }) => type),
        column(({ openid }) => openid),
        column(({ occurredAt }) => occurredAt),
        column(({ dedupeKey }) => dedupeKey),
        column(({ data }) => data),
        column(({ raw }) => raw),
        column(({ reply }) => reply && JSON.stringify(reply)),
        column(({ isDecided }) => isDecided),
        column(({ signature }) => signature.signer),
        column(({ signature }) => signature.stamp),
        column(({ signature }) => signature.messageHash),
        column(({ signature }) => signature.isProven),
        column(({ handlers }) => handlers.join(',')),
        column(({ answering }) => answering.join(',')),
        this.settings.replyBudgetMilliseconds / 1_000,
      ],
    );
  }
}

/** SQLSTATEs of data (22) and constraints (23) are about an event; anything else is about the database. */
function isAboutConnection(error: unknown): boolean {
  const { code } = (error as { driverError?: { code?: unknown } }).driverError ?? {};
  return typeof code !== 'string' || !/^2[23]/.test(code);
}

function keptOf({ outcome, kept_seq: seq, kept_reply: reply, kept_decided: isDecided }: KeptRow): Kept {
  if (outcome === 'reused') return { outcome };
  return outcome === 'fresh' ? { outcome, seq } : { outcome, seq, reply, isDecided };
}
