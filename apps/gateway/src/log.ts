import { types } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { requestUnderWay } from '#runtime';
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { scrub } from './scrub.js';

export interface LogOptions {
  readonly level: string;
  /** Standard output unless a test listens. */
  readonly to?: DestinationStream;
}

/** The one way out for log lines: JSON for machines, readable in a terminal, and scrubbed of secrets either way. */
export function makeLog({ level, to = standardOutput() }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: (line: object) => {
        const id = requestUnderWay.getStore()?.id;
        return id === undefined || 'request_id' in line ? {} : { request_id: id };
      },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describe },
      hooks: { streamWrite: scrub },
    },
    to,
  );
}

/**
 * For the one line that every request writes: to the same place, but unscrubbed, which halves its cost. Each of its
 * members is ours (a template, a number, a checked id), never a text that somebody sent.
 */
export function requestLogOf(log: Logger): Logger {
  // pino's types do not tell of the stream that a logger writes to.
  const to = (log as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym];
  const level = (label: string) => ({ level: label });
  return pino({ level: log.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level } }, to);
}

/** Written in batches, since a system call for each line would cost more than the line. `flushLog` empties it at the end. */
const batched = pino.destination({ fd: 1, sync: false, minLength: 4_096 });
setInterval(() => batched.flush(), 200).unref();

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return batched;
  return pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'context', messageFormat: '{context} {msg}' });
}

export function flushLog(): void {
  batched.flushSync();
}

/** An error may carry the request it failed in, headers and all. Only these facts of it are written. */
function describe(error: unknown): object {
  // Also one that was made in another context of JavaScript.
  if (!types.isNativeError(error)) return { message: 'Something that is no error was thrown' };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    // Right after the type: scrub.ts knows by this place that it is no code of WeChat's.
    ...(typeof code === 'string' && { code }),
    message: cut(error.message),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}

const textLengthMax = 8_192;

/** An error may quote the whole of what it did not like. Nobody reads that in a log, and scrubbing it would hold everybody up. */
function cut(text: string): string {
  return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}… (${text.length} characters)`;
}

/** Nest's own lines and those of the rooms, into the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly log_: Logger) {}

  log(message: unknown, context?: string): void {
    // How Nest wires itself is of interest only when something is wrong with it.
    const level = context !== undefined && nestInternals.has(context) ? 'debug' : 'info';
    this.log_[level]({ context }, cut(String(message)));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.log_.error(
      { context: typeof context === 'string' ? context : undefined, ...(message instanceof Error && { err: message }) },
      cut(String(message)),
    );
  }

  warn(message: unknown, context?: string): void {
    this.log_.warn({ context }, cut(String(message)));
  }

  debug(message: unknown, context?: string): void {
    this.log_.debug({ context }, cut(String(message)));
  }

  verbose(message: unknown, context?: string): void {
    this.log_.trace({ context }, cut(String(message)));
  }
}

const nestInternals = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);
