import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '#runtime';
import { Counter, Gauge } from 'prom-client';

/** Places beyond the limit, for requests of health and tokens while all others are at work. */
const sparePlaces = 64;
/** A new connection is about to send a request. */
const youngMilliseconds = 1_000;

/**
 * The places of connections. If all are taken, a new connection gets the place of the one that was idle longest. If none is
 * idle, it is one of a few that get only a short answer, and further ones are closed at once. Without this limit the number of
 * open files would be the limit, and the gateway could not reach its own database.
 */
export class Connections {
  private count = 0;
  private isClosing = false;
  /** Connections without a request, and since when. The longest idle comes first. */
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
    // Node closes idle connections when a stop begins, but would wait for those that become idle later.
    if (this.isClosing) socket.destroySoon();
    else if (!socket.destroyed) this.idle.set(socket, performance.now());
  }

  isBeyond(socket: Socket): boolean {
    return this.beyond.has(socket);
  }

  /** Clients open connections in advance. Node does not count those without a request as idle, so a stop would wait. */
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
