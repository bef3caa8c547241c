import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock } from '#runtime';
import { DataSource } from 'typeorm';
import { Epoch, type SeenEpoch, seenEpoch } from './epoch.js';

/** Gets the key of a changed row, or undefined if any row may have changed. It is called again until it succeeds. */
export type ChangeListener = (key: string | undefined) => void | Promise<void>;

interface Moment extends SeenEpoch {
  horizon: string;
  now: number;
}

interface SeenChange extends Moment {
  id: string | null;
  topic: string;
  key: string;
}

/** Rows are kept for ten minutes. A replica that heard nothing for five minutes assumes that it missed something. */
const keptMinutes = 10;
const trustMilliseconds = 300_000;
/** The time is that of this moment, not of the beginning of the transaction. */
const moment = `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
         (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now, ${seenEpoch}
    FROM epoch`;

/**
 * Tells every replica within a second which rows changed, and what time it is, so that memory stays true. Triggers write the
 * `change` table in the transaction that changes a row, so no writer can forget it; every replica polls. Transactions commit in
 * another order than they begin, so neither a number nor a time can be the cursor: a row with a smaller one may appear later.
 * The cursor is the oldest transaction that still runs: everything from there on is read again, and numbers that were told
 * already are remembered.
 */
@Injectable()
export class Changes {
  private readonly log = new Logger('Changes');
  private readonly listeners = new Map<string, ChangeListener[]>();
  private readonly told = new Set<string>();
  private following: Promise<void>[] = [];
  private unheard: { listener: ChangeListener; key: string | undefined }[] = [];
  private horizon: string | undefined;
  /** The database went back in time, and the listeners were not told yet. */
  private isAnotherTime = false;
  private polling: Promise<void> | undefined;
  private lastHeard = 0;
  private lastPruned = Number.NEGATIVE_INFINITY;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly epoch: Epoch,
  ) {}

  /** Watches the rows of a table. `epoch` is told, with all other topics, when the database went back in time. */
  watch(table: string, listener: ChangeListener): void {
    this.listeners.set(table, [...(this.listeners.get(table) ?? []), listener]);
  }

  /** Starts listening. It is called when the schema exists and before anything is kept in memory. */
  async start(): Promise<void> {
    await this.epoch.adopt();
    await this.look();
  }

  /** How long ago the database last answered a poll. Memory may be that much out of date. */
  get silenceMilliseconds(): number {
    return this.clock.steady() - this.lastHeard;
  }

  /** How long ago, by the database's clock at the last poll, any replica could write. */
  get secondsSinceWrite(): number {
    return this.epoch.secondsSinceBeat;
  }

  /** Waits until the listeners have done their work. The next poll itself does not wait for them. */
  async run(): Promise<void> {
    if (this.horizon === undefined) return;
    // A database that hangs must not collect a queue of polls.
    this.polling ??= this.poll(this.horizon).finally(() => (this.polling = undefined));
    await this.polling;
    await Promise.all(this.following);
  }

  private async poll(since: string): Promise<void> {
    try {
      const asked = this.clock.steady();
      const rows = await this.database.query<SeenChange[]>(
        `SELECT * FROM (${moment}) AS always LEFT JOIN (SELECT id, topic, key, transaction FROM change) AS change
             ON transaction >= $1::text::xid8 ORDER BY id`,
        [since],
      );
      const [first] = rows;
      if (!first) return;
      // The listeners are told only after a second look: a connection that breaks in between must not lose the news.
      this.isAnotherTime ||= await this.epoch.isAnother(first);
      if (this.isAnotherTime) return await this.beginAnew();
      this.clock.follow(first.now, asked);
      this.tell(rows);
      await this.prune();
    } catch (error) {
      this.log.warn(`The database could not be asked for changes: ${(error as Error).message}`);
    }
  }

  /** The database is another one than before: its old numbers, and everything heard of it, no longer count. */
  private async beginAnew(): Promise<void> {
    await this.look();
    this.told.clear();
    this.unheard = [];
    this.following = [];
    this.isAnotherTime = false;
    for (const topic of this.listeners.keys()) this.sayTo(topic, undefined);
  }

  private async look(): Promise<void> {
    const asked = this.clock.steady();
    const [row] = await this.database.query<Moment[]>(moment);
    if (!row) throw new Error('The table of the epoch is empty');
    // A look between the end of one epoch and the beginning of the next must be repeated.
    if (await this.epoch.isAnother(row)) return this.look();
    this.horizon = row.horizon;
    this.lastHeard = this.clock.steady();
    this.clock.follow(row.now, asked);
  }

  private tell(rows: SeenChange[]): void {
    const missedSome = this.silenceMilliseconds > trustMilliseconds;
    this.lastHeard = this.clock.steady();
    this.horizon = rows[0]?.horizon;
    this.following = this.unheard.splice(0).map(({ listener, key }) => this.say(key, listener));
    if (missedSome) for (const topic of this.listeners.keys()) if (topic !== 'epoch') this.sayTo(topic, undefined);

    const current = new Set<string>();
    for (const { id, topic, key } of rows) {
      if (id === null) continue;
      current.add(id);
      if (!this.told.has(id)) this.sayTo(topic, key);
    }
    this.told.clear();
    for (const id of current) this.told.add(id);
  }

  private sayTo(topic: string, key: string | undefined): void {
    for (const listener of this.listeners.get(topic) ?? []) this.following.push(this.say(key, listener));
  }

  private async say(key: string | undefined, listener: ChangeListener): Promise<void> {
    try {
      await listener(key);
    } catch (error) {
      this.log.warn(`A change could not be followed, and will be: ${(error as Error).message}`);
      this.unheard.push({ listener, key });
    }
  }

  private async prune(): Promise<void> {
    const now = this.clock.steady();
    if (now - this.lastPruned < 60_000) return;
    this.lastPruned = now;
    await this.database.query(`DELETE FROM change WHERE at < now() - make_interval(mins => $1)`, [keptMinutes]);
  }
}
