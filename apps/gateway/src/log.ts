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

/** Every log line goes out here: JSON for machines, readable in a terminal, and scrubbed of secrets in both forms. */
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
 * Logs the one line of every request: to the same place but unscrubbed, which halves its cost. All members are ours (a
 * template, a number, a checked id), never a text that somebody sent.
 */
export function requestLogOf(log: Logger): Logger {
  // pino's types do not tell of the stream that a logger writes to.
  const to = (log as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym];
  const level = (label: string) => ({ level: label });
  return pino({ level: log.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level } }, to);
}

/** Written in batches, because a system call for each line would cost more than the line. `flushLog` writes the rest. */
const batched = pino.destination({ fd: 1, sync: false, minLength: 4_096 });
setInterval(() => batched.flush(), 200).unref();

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return batched;
  return pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'context', messageFormat: '{context} {msg}' });
}

export function flushLog(): void {
  batched.flushSync();
}

/** An error may hold the request in which it failed, headers and all. Only these members are written. */
function describe(error: unknown): object {
  // Also an error that was made in another context of JavaScript.
  if (!types.isNativeError(error)) return { message: 'Something that is no error was thrown' };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    // Right after the type: scrub.ts knows by this position that it is no code of WeChat's.
    ...(typeof code === 'string' && { code }),
    message: cut(error.message),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}

const textLengthMax = 8_192;

/** An error may quote a whole long text. Nobody reads that in a log, and scrubbing it would delay every request. */
function cut(text: string): string {
  return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}… (${text.length} characters)`;
}

/** Writes Nest's lines and those of the rooms into the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly log_: Logger) {}

  log(message: unknown, context?: string): void {
    // How Nest wires itself is interesting only if something is wrong with it.
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
