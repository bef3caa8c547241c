import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Clock, Lifecycle } from '#runtime';
import { Repository } from 'typeorm';
import { type AddressRange, type PushOrigin, originOf } from './push-origin.js';
import type { RefusalReason } from './refusal-reasons.js';
import { RefusedPush } from './refused-push.entity.js';
import { WechatAddresses } from './wechat-addresses.js';

interface Tally {
  count: number;
  readonly first: Date;
  last: Date;
}

/** What arrived for one app since the last write. */
interface Since {
  acceptedAt: Date | null;
  /** Of unknown origin, since the last accepted push. */
  refused: Tally | null;
}

const hourMilliseconds = 3_600_000;
const addressMilliseconds = 3_000;
const waitingMax = 1_000;
const keptDays = 3;

/**
 * Counts refused pushes in memory and writes the counts once a second in one statement, so that a stranger who sends ten
 * thousand a second costs no more than one who sends three. There are as many counts as apps and reasons.
 */
@Injectable()
export class RefusedPushes implements OnModuleDestroy {
  private readonly log = new Logger('RefusedPushes');
  private tallies = new Map<string, Tally>();
  private records = new Map<string, Since>();
  /** Refusals whose origin is not known yet. */
  private readonly waiting = new Set<Promise<void>>();
  private writing: Promise<void> | undefined;

  constructor(
    @InjectRepository(RefusedPush) private readonly rows: Repository<RefusedPush>,
    private readonly addresses: WechatAddresses,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  note(appid: string, reason: RefusalReason, from: string): void {
    const at = this.clock.now();
    const known = this.addresses.held(appid);
    if (known || this.waiting.size >= waitingMax) return this.count(appid, reason, originOf(from, known?.ranges), at);
    const waiting = this.rangesOf(appid)
      .then((ranges) => this.count(appid, reason, originOf(from, ranges), at))
      .finally(() => this.waiting.delete(waiting));
    this.waiting.add(waiting);
  }

  accepted(appid: string): void {
    this.records.set(appid, { acceptedAt: this.clock.now(), refused: null });
  }

  /** Waits until everything so far is in the database. */
  async settled(): Promise<void> {
    await Promise.all(this.waiting);
    await this.write();
  }

  async write(): Promise<void> {
    if (this.lifecycle.stage === 'starting') return;
    await this.writing;
    this.writing = this.writeNow().finally(() => (this.writing = undefined));
    await this.writing;
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM refused_push WHERE hour < now() - make_interval(days => $1)', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }

  private async rangesOf(appid: string): Promise<AddressRange[] | undefined> {
    const late = pause(addressMilliseconds, undefined, { ref: false });
    return Promise.race([this.addresses.of(appid), late]).catch(() => undefined);
  }

  private count(appid: string, reason: RefusalReason, origin: PushOrigin, at: Date): void {
    const hour = new Date(Math.floor(at.getTime() / hourMilliseconds) * hourMilliseconds).toISOString();
    const name = `${appid} ${hour} ${reason} ${origin}`;
    this.tallies.set(name, added(this.tallies.get(name), at));
    if (origin !== 'unknown') return;
    const record = this.records.get(appid) ?? { acceptedAt: null, refused: null };
    if (record.acceptedAt === null || record.acceptedAt <= at) record.refused = added(record.refused, at);
    this.records.set(appid, record);
  }

  private async writeNow(): Promise<void> {
    if (this.tallies.size + this.records.size === 0) return;
    const { tallies, records } = this;
    this.tallies = new Map();
    this.records = new Map();
    try {
      await this.rows.query(writeAll, [...columnsOf(tallies), ...recordColumnsOf(records)]);
    } catch (error) {
      this.log.warn(`What was refused is written later: ${(error as Error).message}`);
      this.takeBack(tallies, records);
    }
  }

  private takeBack(tallies: Map<string, Tally>, records: Map<string, Since>): void {
    for (const [name, tally] of tallies) this.tallies.set(name, joined(tally, this.tallies.get(name)) ?? tally);
    for (const [appid, former] of records) {
      const { acceptedAt, refused } = this.records.get(appid) ?? { acceptedAt: null, refused: null };
      const since = acceptedAt === null ? joined(former.refused, refused) : refused;
      this.records.set(appid, { acceptedAt: acceptedAt ?? former.acceptedAt, refused: since });
    }
  }
}

const added = (tally: Tally | null | undefined, at: Date): Tally =>
  tally
    ? { count: tally.count + 1, first: tally.first, last: at > tally.last ? at : tally.last }
    : { count: 1, first: at, last: at };

function joined(one: Tally | null, other: Tally | null | undefined): Tally | null {
  if (!one || !other) return one ?? other ?? null;
  return { count: one.count + other.count, first: one.first, last: other.last };
}

function columnsOf(tallies: ReadonlyMap<string, Tally>): unknown[][] {
  // Sorted, so that two replicas lock the rows in the same order.
  const all = [...tallies]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, tally]) => [name.split(' '), tally] as const);
  const part = (index: number): string[] => all.map(([names]) => names[index] ?? '');
  return [
    part(0),
    part(1),
    part(2),
    part(3),
    all.map(([, { count }]) => count),
    all.map(([, { first }]) => first),
    all.map(([, { last }]) => last),
  ];
}

function recordColumnsOf(records: ReadonlyMap<string, Since>): unknown[][] {
  const all = [...records].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    all.map(([appid]) => appid),
    all.map(([, { acceptedAt }]) => acceptedAt),
    all.map(([, { refused }]) => refused?.count ?? 0),
    all.map(([, { refused }]) => refused?.first ?? null),
    all.map(([, { refused }]) => refused?.last ?? null),
  ];
}

/** An app that was deleted meanwhile is left out. An accepted push resets the count of refused ones. */
const writeAll = `
  WITH counted AS (
    INSERT INTO refused_push AS held (appid, hour, reason, origin, count, first_at, last_at)
    SELECT one.* FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
             AS one (appid, hour, reason, origin, count, first_at, last_at)
      JOIN app USING (appid)
    ON CONFLICT (appid, hour, reason, origin) DO UPDATE
       SET count = held.count + excluded.count, first_at = least(held.first_at, excluded.first_at),
           last_at = greatest(held.last_at, excluded.last_at))
  INSERT INTO callback_record AS held (appid, accepted_at, refused, refused_first, refused_last)
  SELECT one.* FROM unnest($8::text[], $9::timestamptz[], $10::bigint[], $11::timestamptz[], $12::timestamptz[])
           AS one (appid, accepted_at, refused, refused_first, refused_last)
    JOIN app USING (appid)
  ON CONFLICT (appid) DO UPDATE
     SET accepted_at = greatest(held.accepted_at, excluded.accepted_at),
         refused = excluded.refused + CASE WHEN excluded.accepted_at IS NULL THEN held.refused ELSE 0 END,
         refused_first = CASE WHEN excluded.accepted_at IS NULL
                              THEN least(held.refused_first, excluded.refused_first) ELSE excluded.refused_first END,
         refused_last = CASE WHEN excluded.accepted_at IS NULL
                             THEN greatest(held.refused_last, excluded.refused_last) ELSE excluded.refused_last END`;
