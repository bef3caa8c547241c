import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle } from '#runtime';
import { Settings } from '#settings';
import { type EntityManager, type FindOptionsWhere, MoreThan, MoreThanOrEqual, Repository } from 'typeorm';
import { EventNotFound } from './callback-errors.js';
import { EventLog } from './event-log.js';
import { Event } from './event.entity.js';

export interface EventFilter {
  readonly appid: string;
  readonly type?: string | undefined;
  readonly openid?: string | undefined;
  readonly since?: Date | undefined;
  readonly after?: string | undefined;
}

/** The raw bytes are read by nobody but those who ask for them. */
const shown = {
  appid: true,
  seq: true,
  id: true,
  type: true,
  openid: true,
  occurredAt: true,
  receivedAt: true,
  data: true,
} as const;
const deletedAtOnce = 5_000;

/** Events for reading, and the end of their time. */
@Injectable()
export class KeptEvents {
  constructor(
    @InjectRepository(Event) private readonly rows: Repository<Event>,
    private readonly log: EventLog,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
  ) {}

  /** Rooms above are told whenever this process has committed events. */
  watch(listener: () => void): void {
    this.log.watch(listener);
  }

  /** The oldest first. */
  list({ appid, type, openid, since, after }: EventFilter, limit: number): Promise<Event[]> {
    const where: FindOptionsWhere<Event> = { appid };
    if (type !== undefined) where.type = type;
    if (openid !== undefined) where.openid = openid;
    if (since !== undefined) where.receivedAt = MoreThanOrEqual(since);
    if (after !== undefined) where.seq = MoreThan(after);
    return this.rows.find({ where, order: { seq: 'ASC' }, take: limit, select: shown });
  }

  async get(id: string): Promise<Event> {
    const event = await this.rows.findOne({ where: { id }, select: shown });
    if (!event) throw new EventNotFound();
    return event;
  }

  /** Of all apps, for those who follow what happens. */
  after(seq: string, limit: number): Promise<Event[]> {
    return this.rows.find({ where: { seq: MoreThan(seq) }, order: { seq: 'ASC' }, take: limit, select: shown });
  }

  async latest(): Promise<string> {
    const [row] = await this.rows.query<{ seq: string | null }[]>('SELECT max(seq) AS seq FROM event');
    return row?.seq ?? '0';
  }

  async seqOf(appid: string, id: string): Promise<string | undefined> {
    return (await this.rows.findOne({ where: { appid, id }, select: { seq: true, appid: true } }))?.seq;
  }

  /** With everything that the person wrote. */
  async forgetPerson(transaction: EntityManager, who: { appid: string; openid: string }): Promise<void> {
    await transaction.delete(Event, { appid: who.appid, openid: who.openid });
  }

  @Interval('events-kept', 600_000)
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
