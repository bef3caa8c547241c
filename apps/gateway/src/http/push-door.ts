import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventLog, LatePushes, storeMilliseconds } from '#callback';
import { HeldBytes, Lifecycle, Metrics } from '#runtime';
import { Settings } from '#settings';
import { Gauge } from 'prom-client';
import { requestIdOf } from './adapter.js';
import type { Connections } from './connections.js';
import { bytesOf } from './held-for-callers.js';
import { problemMediaType, problemOf } from './problem.js';
import { PushLine } from './push-line.js';
import { plainHeadersFor } from './security-headers.js';

interface Push {
  readonly request: IncomingMessage;
  readonly answer: ServerResponse;
}

type Serve = (request: IncomingMessage, answer: ServerResponse) => void;

/** What is expected is wrong at times: one that is let in for nothing costs as much as one that is stored. */
const expectedMillisecondsMax = 0.8 * storeMilliseconds;
/** What Node reads of a body that nobody has asked for yet. */
const unreadBytesMax = 65_536;

const arrivals = new WeakMap<IncomingMessage, number>();

/** When a push began to come, as well as can be known; nothing for other requests. */
export const arrivalOf = (request: IncomingMessage): number | undefined => arrivals.get(request);

const isPush = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'POST' && (url.startsWith('/callbacks/') || url.startsWith('/v1/service/wx/wxmsg'));

/**
 * Where pushes wait, unread, while more come than can be served, and where those that would wait for longer than WeChat
 * does are turned away. It stands before Fastify, since a refusal must cost far less than a push.
 */
export class PushDoor {
  private readonly line = new PushLine<Push>(storeMilliseconds);
  private readonly events: EventLog;
  private readonly late: LatePushes;
  private readonly held: HeldBytes;
  private readonly lifecycle: Lifecycle;
  private readonly refusalFor: (requestId: string) => string;
  private readonly headers: Readonly<Record<string, string>>;
  private isWatching = false;

  private constructor(
    app: NestFastifyApplication,
    private readonly connections: Connections,
    private readonly serve: Serve,
  ) {
    this.events = app.get(EventLog);
    this.late = app.get(LatePushes);
    this.held = app.get(HeldBytes);
    this.lifecycle = app.get(Lifecycle);
    const { publicUrl, defaultLanguage: language } = app.get(Settings);
    const { failure } = this.late;
    const [before = '', after = ''] = JSON.stringify(problemOf(failure, { publicUrl, requestId: '#', language })).split('#"');
    this.refusalFor = (requestId) => `${before}${requestId}"${after}`;
    this.headers = {
      ...plainHeadersFor(publicUrl),
      'content-type': problemMediaType,
      'retry-after': String(failure.retryAfterSeconds),
    };
    this.showIn(app.get(Metrics));
  }

  /** Before whatever answers the requests of the server until now. */
  static of(app: NestFastifyApplication, connections: Connections): void {
    const server = app.getHttpServer();
    const [serve] = server.listeners('request') as Serve[];
    if (!serve) throw new Error('Nobody answers the requests of this server');
    const door = new PushDoor(app, connections, serve);
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, answer: ServerResponse) => door.enter(request, answer));
    server.on('connection', () => door.line.accepts());
  }

  private enter(request: IncomingMessage, answer: ServerResponse): void {
    const { socket } = request;
    if (!isPush(request) || this.lifecycle.stage === 'starting' || this.connections.isBeyond(socket))
      return this.serve(request, answer);
    this.connections.beginsWork(socket);
    const now = performance.now();
    const arrivedAt = this.line.arrivalOf(now);
    if (now - arrivedAt + this.expectedMilliseconds(now) > expectedMillisecondsMax)
      return this.refuse({ request, answer }, 'door');
    arrivals.set(request, arrivedAt);
    this.watch();
    if (this.line.joins({ request, answer }, arrivedAt)) this.serve(request, answer);
    // It counts again, with all it brings, when it is served: refused then where there is no room.
    else this.held.hold(unreadBytesOf(request));
  }

  private expectedMilliseconds(now: number): number {
    return this.line.expectedMilliseconds(now) + this.events.expectedMilliseconds(now);
  }

  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    setImmediate(() => this.endTurn());
  }

  private endTurn(): void {
    this.isWatching = false;
    const { due, late } = this.line.endTurn(performance.now());
    for (const push of late) this.refuse(this.takenFromLine(push), 'queue');
    for (const push of due) {
      const { request, answer } = this.takenFromLine(push);
      if (!request.socket.destroyed) this.serve(request, answer);
    }
    if (this.line.length > 0) this.watch();
  }

  private takenFromLine(push: Push): Push {
    this.held.letGo(unreadBytesOf(push.request));
    return push;
  }

  /** What it brings is read by Node and thrown away, unless that would cost more than a new connection. */
  private refuse({ request, answer }: Push, stage: 'door' | 'queue'): void {
    this.late.note(stage);
    const id = requestIdOf(request);
    const ends = this.lifecycle.stage === 'draining' || bytesOf(request) > unreadBytesMax;
    answer
      .writeHead(503, { ...this.headers, 'x-request-id': id, ...(ends && { connection: 'close' }) })
      .end(this.refusalFor(id), () => this.connections.endsWork(request.socket));
  }

  private showIn({ registry }: Metrics): void {
    const waiting: Gauge = new Gauge({
      name: 'wx_callbacks_waiting',
      help: 'Pushes that wait to be read or stored',
      registers: [registry],
      collect: () => waiting.set(this.line.length + this.events.countOfWaiting),
    });
    const expected: Gauge = new Gauge({
      name: 'wx_callbacks_wait_seconds',
      help: 'How long a push that comes now is expected to wait until it is stored; past 3.2, it is refused',
      registers: [registry],
      collect: () => expected.set(this.expectedMilliseconds(performance.now()) / 1_000),
    });
  }
}

const unreadBytesOf = (request: IncomingMessage): number => Math.min(bytesOf(request), unreadBytesMax);
