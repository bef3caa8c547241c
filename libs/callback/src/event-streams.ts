import type { ServerResponse } from 'node:http';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Lifecycle, Metrics } from '#runtime';
import { Gauge } from 'prom-client';
import { eventAnswer } from './event-answer.js';
import type { Event } from './event.entity.js';
import { KeptEvents } from './kept-events.js';

export interface StreamReply {
  hijack(): unknown;
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

interface Stream {
  readonly appid: string;
  readonly type: string | undefined;
  readonly raw: ServerResponse;
  /** Up to there it was told everything. */
  seq: string;
}

const pageSize = 500;
/** A reader that does not read is let go of, instead of being remembered in memory. */
const unreadBytesMax = 1_000_000;

/** Events as they come. One reader of the database for each replica, whatever the number of streams. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly log = new Logger('EventStreams');
  private readonly streams = new Set<Stream>();
  private reading = false;

  constructor(
    private readonly events: KeptEvents,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    const open: Gauge = new Gauge({
      name: 'wx_event_streams',
      help: 'Open streams of events',
      registers: [metrics.registry],
      collect: () => open.set(this.streams.size),
    });
  }

  async open(reply: StreamReply, wanted: { appid: string; type: string | undefined; after: string | undefined }): Promise<void> {
    const stream: Stream = { ...wanted, raw: reply.raw, seq: wanted.after ?? (await this.events.latest()) };
    reply.hijack();
    stream.raw.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      // Nothing comes after a stream, and a stop must not wait for a connection that is kept for more.
      connection: 'close',
      'x-accel-buffering': 'no',
    });
    stream.raw.write(': open\n\n');
    await this.catchUp(stream);
    if (stream.raw.destroyed) return;
    this.streams.add(stream);
    stream.raw.on('close', () => this.streams.delete(stream));
  }

  @Interval('event-streams', 250)
  async run(): Promise<void> {
    if (this.reading || this.streams.size === 0 || !this.lifecycle.isServing) return;
    this.reading = true;
    try {
      for (let full = true; full && this.streams.size > 0;) {
        const events = await this.events.after(this.leastTold(), pageSize);
        for (const stream of this.streams) for (const event of events) tell(stream, event);
        full = events.length === pageSize;
      }
    } catch (error) {
      this.log.warn(`Streams of events wait for the database: ${(error as Error).message}`);
    } finally {
      this.reading = false;
    }
  }

  @Interval('event-streams-alive', 15_000)
  keepAlive(): void {
    for (const { raw } of this.streams) raw.write(': alive\n\n');
  }

  beforeApplicationShutdown(): void {
    for (const { raw } of this.streams) raw.end();
  }

  /** Each stream passes over what it was told already. */
  private leastTold(): string {
    const [first = '0', ...others] = [...this.streams].map(({ seq }) => seq);
    return others.reduce((least, seq) => (BigInt(seq) < BigInt(least) ? seq : least), first);
  }

  private async catchUp(stream: Stream): Promise<void> {
    for (let full = true; full && !stream.raw.destroyed;) {
      const { appid, seq: after } = stream;
      const page = await this.events.list({ appid, after }, pageSize);
      for (const event of page) tell(stream, event);
      full = page.length === pageSize;
    }
  }
}

function tell(stream: Stream, event: Event): void {
  if (BigInt(event.seq) <= BigInt(stream.seq)) return;
  stream.seq = event.seq;
  if (event.appid !== stream.appid || (stream.type !== undefined && event.type !== stream.type)) return;
  stream.raw.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(eventAnswer(event))}\n\n`);
  if (stream.raw.writableLength > unreadBytesMax) stream.raw.destroy();
}
