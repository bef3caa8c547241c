import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeldBytes } from '#runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { bodyBytesMax } from './body-size.js';
import type { Settings } from '#settings';
import { TooBusy } from './http-failures.js';
import { problemMediaType, problemOf, whereOf } from './problem.js';

/** Pushes of WeChat and most calls are smaller, and are taken where larger ones no longer are. */
const smallBytesMax = 16_384;
const warningMilliseconds = 60_000;

/** Bodies on their way in and answers on their way out, until their request is over: no more of them than the heap bears. */
export class HeldForCallers {
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly held: HeldBytes,
    private readonly log: Logger,
  ) {}

  /** Holds the room, if there is any. */
  hasRoomFor({ raw }: FastifyRequest, reply: FastifyReply): boolean {
    const bytes = bytesOf(raw);
    return bytes === 0 || this.take(bytes, reply.raw, bytes > smallBytesMax ? this.held.max / 2 : this.held.max);
  }

  /** Readers that do not read take nothing from those who bring something. */
  takeAnswer(payload: unknown, answer: ServerResponse): boolean {
    const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
    return bytes <= smallBytesMax || this.take(bytes, answer, this.held.max / 4);
  }

  refusal(request: FastifyRequest, reply: FastifyReply, settings: Settings): string {
    const failure = new TooBusy();
    void reply
      .status(503)
      .type(problemMediaType)
      .header('retry-after', String(failure.retryAfterSeconds))
      .removeHeader('content-length');
    return JSON.stringify(problemOf(failure, whereOf(request, settings)));
  }

  private take(bytes: number, answer: ServerResponse, most: number): boolean {
    if (this.held.isOver(most)) {
      this.warn();
      return false;
    }
    if (answer.closed) return true;
    this.held.hold(bytes);
    answer.once('close', () => this.held.letGo(bytes));
    return true;
  }

  private warn(): void {
    const now = performance.now();
    if (now - this.warnedAt < warningMilliseconds) return;
    this.warnedAt = now;
    this.log.warn(
      `${Math.round(this.held.max / 1e6)} MB of requests and answers are held for callers, a sixteenth of the heap: what is large is refused (503 too_busy)`,
    );
  }
}

/** As announced, or as much as it may be. */
export function bytesOf({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return bodyBytesMax;
  return Math.min(Number(headers['content-length'] ?? 0) || 0, bodyBytesMax);
}
