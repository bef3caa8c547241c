import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '#runtime';
import { Counter, Gauge } from 'prom-client';

/** Beyond the limit, for those who ask for health and tokens while all others are at work. */
const sparePlaces = 64;
/** Whoever has just come is about to ask. */
const youngMilliseconds = 1_000;

/**
 * The places that connections have. Whoever comes when all are taken gets the place of the one that was idle for longest;
 * where none is idle, it is one of a few that are answered in a word, and any more is closed at once. Without a limit the
 * system would set one, the number of open files, and then the gateway could not reach its own database any more.
 */
export class Connections {
  private count = 0;
  private isClosing = false;
  /** Those without a request, and since when; the longest idle first. */
  private readonly idle = new Map<Socket, number>();
  private readonly beyond = new WeakSet<Socket>();
  private readonly refusals: Counter<'by'>;

  constructor(
    server: Server,
    private readonly most: number,
    metrics: Metrics,
  ) {
    const open: Gauge = new Gauge({
      name: 'http_connections',
      help: 'Open connections to this process',
      registers: [metrics.registry],
      collect: () => open.set(this.count),
    });
    this.refusals = new Counter({
      name: 'http_refused_connections_total',
      help: 'What became of connections at the limit: closed while idle, answered in a word, closed at once',
      labelNames: ['by'],
      registers: [metrics.registry],
    });
    server.maxConnections = most + sparePlaces;
    server.on('connection', (socket: Socket) => this.enter(socket));
    server.on('drop', () => this.refusals.inc({ by: 'closed_at_once' }));
  }

  beginsWork(socket: Socket): void {
    this.idle.delete(socket);
  }

  endsWork(socket: Socket): void {
    // Node closes what is idle when a stop begins, and would wait for what becomes idle after that.
    if (this.isClosing) socket.destroySoon();
    else if (!socket.destroyed) this.idle.set(socket, performance.now());
  }

  isBeyond(socket: Socket): boolean {
    return this.beyond.has(socket);
  }

  /** Browsers and clients open connections ahead of need. Node does not count one without a request as idle, and a stop would wait for it. */
  closeUnused(): void {
    this.isClosing = true;
    for (const socket of this.idle.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  private enter(socket: Socket): void {
    if (this.isClosing) return void socket.destroy();
    if (++this.count > this.most && !this.makeRoom()) {
      this.beyond.add(socket);
      this.refusals.inc({ by: 'answered' });
    }
    this.idle.set(socket, performance.now());
    socket.on('close', () => {
      this.count--;
      this.idle.delete(socket);
    });
  }

  private makeRoom(): boolean {
    const latest = performance.now() - youngMilliseconds;
    let excess = this.count - this.most;
    for (const [socket, since] of this.idle) {
      if (excess === 0 || since > latest) break;
      socket.destroy();
      this.idle.delete(socket);
      this.refusals.inc({ by: 'closed_while_idle' });
      excess--;
    }
    return excess === 0;
  }
}
