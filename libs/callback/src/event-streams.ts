import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ApiKeys, type LivingKey } from '#access';
import { Changes } from '#changes';
import { HeldBytes, Lifecycle, Metrics } from '#runtime';
import { Settings } from '#settings';
import { Gauge } from 'prom-client';
import { NoRoomForStreams, TooManyStreams } from './callback-errors.js';
import { eventAnswer } from './event-answer.js';
import type { Event } from './event.entity.js';
import { KeptEvents } from './kept-events.js';

export interface StreamReply {
  hijack(): unknown;
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

interface Stream {
  readonly key: LivingKey;
  readonly appid: string;
  readonly type: string | undefined;
  readonly raw: ServerResponse;
  seq: string;
}

type WantedStream = Pick<Stream, 'key' | 'appid' | 'type'> & { readonly after: string | undefined };

const pageSize = 500;
/** A reader that does not read is disconnected, so that its events do not fill the memory that all share. */
const unreadBytesMax = 1_000_000;
/** Health, tokens and pushes need connections too. */
const shareOfConnections = 3 / 4;
const wentBack = 'the database went back in time';
const keyEnded = 'the key no longer opens this stream';

/** Streams of new events. Each replica has one reader of the database, whatever the number of streams. */
@Injectable()
export class EventStreams {
  private readonly log = new Logger('EventStreams');
  private readonly streams = new Set<Stream>();
  /** Streams of each key, including those that still catch up. */
  private readonly held = new Map<string, number>();
  private heldInAll = 0;
  private made: { event: Event; text: string } | undefined;
  private reading = false;
  private epochsSeen = 0;

  constructor(
    private readonly events: KeptEvents,
    private readonly keys: ApiKeys,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
    private readonly memory: HeldBytes,
    changes: Changes,
    metrics: Metrics,
  ) {
    lifecycle.draining.addEventListener('abort', () => this.endAll());
    // After a change of epoch, events that readers saw may be gone, and new ones may reuse numbers. All must reconnect.
    changes.watch('epoch', () => {
      this.epochsSeen++;
      for (const stream of this.streams) this.end(stream, wentBack);
    });
    const open: Gauge = new Gauge({
      name: 'wx_event_streams',
      help: 'Open streams of events',
      registers: [metrics.registry],
      collect: () => open.set(this.streams.size),
    });
  }

  async open(reply: StreamReply, { after, ...wanted }: WantedStream): Promise<void> {
    this.hold(wanted.key.id, reply.raw);
    const epochsBefore = this.epochsSeen;
    const stream: Stream = { ...wanted, raw: reply.raw, seq: after ?? (await this.events.latest()) };
    reply.hijack();
    stream.raw.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      // Nothing follows a stream, and a stop must not wait for a connection that is kept open.
      connection: 'close',
      'x-accel-buffering': 'no',
    });
    if (stream.raw.req.method === 'HEAD') return void stream.raw.end();
    stream.raw.write(': open\n\n');
    // From here on only we end the stream. Without the database its reader reconnects and goes on where it was.
    await this.catchUp(stream).catch((error: Error) => {
      this.log.warn(`A stream of events ends, and its reader comes again: ${error.message}`);
      stream.raw.destroy();
    });
    if (stream.raw.writableEnded || stream.raw.destroyed) return;
    if (this.lifecycle.draining.aborted) return void stream.raw.end();
    // The stream was not in the set yet when the others were ended.
    if (this.epochsSeen !== epochsBefore) return this.end(stream, wentBack);
    this.streams.add(stream);
    stream.raw.on('close', () => this.streams.delete(stream));
  }

  /** Takes a place of the key until the answer ends in any way. */
  private hold(keyId: string, raw: ServerResponse): void {
    const count = this.held.get(keyId) ?? 0;
    if (count >= this.settings.eventStreamsPerKey) throw new TooManyStreams(this.settings.eventStreamsPerKey);
    const most = Math.floor(this.settings.maxConnections * shareOfConnections);
    if (this.heldInAll >= most) throw new NoRoomForStreams(most);
    if (raw.destroyed) return;
    this.held.set(keyId, count + 1);
    this.heldInAll++;
    raw.on('close', () => {
      this.heldInAll--;
      const left = (this.held.get(keyId) ?? 1) - 1;
      if (left > 0) this.held.set(keyId, left);
      else this.held.delete(keyId);
    });
  }

  async run(): Promise<void> {
    if (this.reading || this.streams.size === 0 || !this.lifecycle.isServing) return;
    this.reading = true;
    try {
      for (let full = true; full && this.streams.size > 0;) {
        const { rows, isCut } = await this.events.after(this.leastTold(), pageSize);
        for (const event of rows) {
          for (const stream of this.streams) this.tell(stream, event);
          // Gives sockets time to send before they get more, and other requests a turn.
          await nextTurn();
        }
        full = isCut || rows.length === pageSize;
      }
    } catch (error) {
      this.log.warn(`Streams of events wait for the database: ${(error as Error).message}`);
    } finally {
      this.reading = false;
    }
  }

  /** A stream ends with its key, on the same news by which the key is refused. */
  async endWithTheirKeys(): Promise<void> {
    for (const stream of this.streams) if (!(await this.mayGoOn(stream))) this.end(stream, keyEnded);
  }

  keepAlive(): void {
    for (const { raw } of this.streams) raw.write(': alive\n\n');
  }

  /** The readers go to another replica and continue after the last event that they saw. */
  private endAll(): void {
    for (const { raw } of this.streams) raw.end();
  }

  /** Each stream skips what it was told already. */
  private leastTold(): string {
    const [first = '0', ...others] = [...this.streams].map(({ seq }) => seq);
    return others.reduce((least, seq) => (BigInt(seq) < BigInt(least) ? seq : least), first);
  }

  private async catchUp(stream: Stream): Promise<void> {
    for (let full = true; full && !stream.raw.destroyed && !this.lifecycle.draining.aborted;) {
      if (!(await this.mayGoOn(stream))) return this.end(stream, keyEnded);
      const { appid, seq: after } = stream;
      const { rows, isCut } = await this.events.list({ appid }, { order: 'asc', after }, pageSize, this.unreadMax);
      for (const event of rows) {
        this.tell(stream, event);
        // At the reader's pace, because all of it is kept in the database.
        if (stream.raw.writableNeedDrain) await this.taken(stream);
      }
      full = isCut || rows.length === pageSize;
    }
  }

  private get unreadMax(): number {
    return Math.min(unreadBytesMax, Math.floor(this.memory.max / Math.max(1, this.heldInAll)));
  }

  /** Waits until the reader took what was written, or is gone. */
  private taken({ raw }: Stream): Promise<void> {
    const { draining } = this.lifecycle;
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close']) raw.off(event, done);
        draining.removeEventListener('abort', done);
        resolve();
      };
      for (const event of ['drain', 'close']) raw.on(event, done);
      draining.addEventListener('abort', done);
    });
  }

  private tell(stream: Stream, event: Event): void {
    if (BigInt(event.seq) <= BigInt(stream.seq)) return;
    stream.seq = event.seq;
    if (event.appid !== stream.appid || (stream.type !== undefined && event.type !== stream.type)) return;
    if (stream.raw.writableLength > this.unreadMax) stream.raw.destroy();
    else stream.raw.write(this.textOf(event));
  }

  /** Made once for all streams, which need it one after the other. */
  private textOf(event: Event): string {
    if (this.made?.event !== event)
      this.made = { event, text: `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(eventAnswer(event))}\n\n` };
    return this.made.text;
  }

  /** If this cannot be known, the database is away, and no event is told either. */
  private mayGoOn({ key, appid }: Stream): Promise<boolean> {
    return this.keys.stillOpens(key, 'events:read', appid).catch(() => true);
  }

  private end(stream: Stream, because: string): void {
    this.streams.delete(stream);
    stream.raw.end(`: ${because}\n\n`);
  }
}
