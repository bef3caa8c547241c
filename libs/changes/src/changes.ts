import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock } from '#runtime';
import { DataSource } from 'typeorm';

/** Told the key of a row that changed, or nothing when any row may have; told again if it fails, until it does not. */
export type ChangeListener = (key: string | undefined) => void | Promise<void>;

interface SeenChange {
  horizon: string;
  id: string | null;
  topic: string;
  key: string;
}

const pollMilliseconds = 500;
/** Rows are kept for ten minutes; a replica that heard nothing for five no longer trusts that it missed nothing. */
const keptMinutes = 10;
const trustMilliseconds = 300_000;

/**
 * Tells every replica within a second which rows changed, so that what is kept in memory stays true. Triggers write
 * the `change` table inside the transaction that changes a row, so no writer can forget it; every replica polls.
 *
 * Transactions commit in another order than they begin, so neither a number nor a time can be the cursor: a row with
 * a smaller one may appear later. The cursor is the oldest transaction still running; whatever is at or above it is
 * read again, and the numbers already told are remembered.
 */
@Injectable()
export class Changes {
  private readonly log = new Logger('Changes');
  private readonly listeners = new Map<string, ChangeListener[]>();
  private readonly told = new Set<string>();
  private following: Promise<void>[] = [];
  private unheard: { listener: ChangeListener; key: string | undefined }[] = [];
  private horizon: string | undefined;
  private polling: Promise<void> | undefined;
  private lastHeard = 0;
  private lastPruned = 0;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  watch(table: string, listener: ChangeListener): void {
    this.listeners.set(table, [...(this.listeners.get(table) ?? []), listener]);
  }

  /** Begins to listen: called once the schema is there and before anything is held in memory. */
  async start(): Promise<void> {
    const rows: { horizon: string }[] = await this.database.query(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
    );
    this.horizon = rows[0]?.horizon;
    this.lastHeard = this.clock.now().getTime();
  }

  /** How long ago the database was last heard: what is in memory may be that much out of date. */
  get silenceMilliseconds(): number {
    return this.clock.now().getTime() - this.lastHeard;
  }

  /** The next poll does not wait for those who follow what this one told them; whoever calls this does. */
  @Interval('changes', pollMilliseconds)
  async run(): Promise<void> {
    if (this.horizon === undefined) return;
    // A database that hangs must not gather a queue of polls.
    this.polling ??= this.poll(this.horizon).finally(() => (this.polling = undefined));
    await this.polling;
    await Promise.all(this.following);
  }

  private async poll(since: string): Promise<void> {
    try {
      const rows: SeenChange[] = await this.database.query(
        `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, change.id, topic, key
           FROM (SELECT 1) AS always LEFT JOIN change ON transaction >= $1::text::xid8
          ORDER BY change.id`,
        [since],
      );
      this.tell(rows);
      await this.prune();
    } catch (error) {
      this.log.warn(`The database could not be asked for changes: ${(error as Error).message}`);
    }
  }

  private tell(rows: SeenChange[]): void {
    const missedSome = this.silenceMilliseconds > trustMilliseconds;
    this.lastHeard = this.clock.now().getTime();
    this.horizon = rows[0]?.horizon;
    this.following = this.unheard.splice(0).map(({ listener, key }) => this.say(key, listener));
    if (missedSome) for (const topic of this.listeners.keys()) this.sayTo(topic, undefined);

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
    const now = this.clock.now().getTime();
    if (now - this.lastPruned < 60_000) return;
    this.lastPruned = now;
    await this.database.query(`DELETE FROM change WHERE at < now() - make_interval(mins => $1)`, [keptMinutes]);
  }
}
