import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Latest, type Span, rowsIn } from '#api';
import { Lifecycle } from '#runtime';
import { Settings } from '#settings';
import { type EntityManager, type FindOptionsWhere, MoreThan, Repository } from 'typeorm';
import { EventNotFound } from './callback-errors.js';
import { EventLog } from './event-log.js';
import { Event } from './event.entity.js';

export interface EventFilter {
  readonly appid: string;
  readonly type?: string | undefined;
  readonly openid?: string | undefined;
}

export interface EventPage {
  readonly rows: Event[];
  /** There are more events within the limit, but the page has enough bytes. */
  readonly isCut: boolean;
}

/** Raw bytes are read only on request. */
const columns = ['appid', 'seq', 'id', 'type', 'openid', 'occurredAt', 'receivedAt', 'data'] as const satisfies (keyof Event)[];
const shown = Object.fromEntries(columns.map((column) => [column, true])) as Record<(typeof columns)[number], true>;
const pageBytesMax = 1_000_000;
const deletedAtOnce = 5_000;

/** Events for reading, and their deletion when their time is over. */
@Injectable()
export class KeptEvents {
  constructor(
    @InjectRepository(Event) private readonly rows: Repository<Event>,
    private readonly log: EventLog,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
  ) {}

  /** Calls the listener whenever this process has committed events. */
  watch(listener: () => void): void {
    this.log.watch(listener);
  }

  list({ appid, type, openid }: EventFilter, span: Span, limit: number, bytesMax?: number): Promise<EventPage> {
    const where: FindOptionsWhere<Event> = { ...rowsIn<Event>(span, 'seq', 'receivedAt'), appid };
    if (type !== undefined) where.type = type;
    if (openid !== undefined) where.openid = openid;
    return this.page(where, span.order, limit, bytesMax);
  }

  async get(id: string): Promise<Event> {
    const event = await this.rows.findOne({ where: { id }, select: shown });
    if (!event) throw new EventNotFound();
    return event;
  }

  /** Events of all apps, for streams and brokers that follow them. */
  after(seq: string, limit: number): Promise<EventPage> {
    return this.page({ seq: MoreThan(seq) }, 'asc', limit);
  }

  /** The page ends before it has too many bytes, but has at least one event. The bytes are those of the pushes. */
  private async page(
    where: FindOptionsWhere<Event>,
    order: Span['order'],
    limit: number,
    bytesMax = pageBytesMax,
  ): Promise<EventPage> {
    const way = order === 'asc' ? 'ASC' : 'DESC';
    const bytes = 'coalesce(octet_length(event.raw), pg_column_size(event.data), 0)';
    const found = this.rows
      .createQueryBuilder('event')
      .select('event.appid', 'appid')
      .addSelect('event.seq', 'seq')
      .addSelect(`sum(${bytes}) OVER (ORDER BY event.seq ${way}) - ${bytes}`, 'before')
      .where(where)
      .orderBy('event.seq', way)
      .limit(limit);
    const { raw, entities: rows } = await this.rows
      .createQueryBuilder('event')
      .select(columns.map((column) => `event.${column}`))
      .addSelect('page.found', 'found')
      .innerJoin(
        `(SELECT *, count(*) OVER () AS found FROM (${found.getQuery()}) AS found)`,
        'page',
        'page.appid = event.appid AND page.seq = event.seq',
      )
      .where('page.before < :bytesMax', { ...found.getParameters(), bytesMax })
      .orderBy('event.seq', way)
      .getRawAndEntities<{ found: string }>();
    return { rows, isCut: Number(raw[0]?.found ?? 0) > rows.length };
  }

  async latest(): Promise<string> {
    const [row] = await this.rows.query<{ seq: string | null }[]>('SELECT max(seq) AS seq FROM event');
    return row?.seq ?? '0';
  }

  async latestOf(appid: string): Promise<Latest> {
    const [row] = await this.rows.query<[Latest]>(
      'SELECT max(seq) AS number, current_epoch() AS epoch FROM event WHERE appid = $1',
      [appid],
    );
    return row;
  }

  async seqOf(appid: string, id: string): Promise<string | undefined> {
    return (await this.rows.findOne({ where: { appid, id }, select: { seq: true, appid: true } }))?.seq;
  }

  async forgetPerson(transaction: EntityManager, who: { appid: string; openid: string }): Promise<void> {
    await transaction.delete(Event, { appid: who.appid, openid: who.openid });
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query(
      `DELETE FROM event WHERE (appid, seq) IN (
         SELECT appid, seq FROM event WHERE received_at < now() - make_interval(days => $1) ORDER BY received_at LIMIT $2)`,
      [this.settings.eventsKeptDays, deletedAtOnce],
    );
    await this.rows.query('DELETE FROM seen_signature WHERE seen_at < now() - make_interval(secs => $1)', [
      2 * this.settings.callbackWindowSeconds + 60,
    ]);
  }
}
