import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Settings } from '#settings';
import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { bodyBytesMax } from './body-size.js';
import { BodyMalformed } from './http-failures.js';
import { problemMediaType, problemOf, whereOf } from './problem.js';
import { plainHeaders } from './security-headers.js';

/** Nothing moves on a connection, in either direction: a reader that does not read. Longer than an idle one is kept. */
const silenceMilliseconds = 90_000;

/** Fastify as this gateway wants it: request ids, limits against slow and huge requests, and no request line of its own. */
export function makeAdapter(settings: Settings, log: Logger): FastifyAdapter {
  const requestMilliseconds = settings.requestTimeoutSeconds * 1_000;
  return new FastifyAdapter({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    // Every line of a request carries its id already, those of the rooms included: no logger of its own is needed.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMilliseconds,
    connectionTimeout: silenceMilliseconds,
    http: { headersTimeout: requestMilliseconds, connectionsCheckingInterval: 1_000 },
    forceCloseConnections: 'idle',
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    requestIdHeader: false,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: 600 },
    // Addresses that cannot be decoded never reach a route or the error filter.
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(new BodyMalformed(), whereOf(request, settings));
      void reply
        .headers({ ...plainHeaders, 'x-request-id': request.id })
        .status(problem.status)
        .type(problemMediaType)
        .send(JSON.stringify(problem));
    },
    clientErrorHandler: (error: GarbageError, socket: Socket) => answerGarbage(error, socket, settings),
  });
}

export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  // Node looks for these every half minute unless it is told otherwise.
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

type GarbageError = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

/** What is not even HTTP has no request to answer, only a socket. */
function answerGarbage(error: GarbageError, socket: Socket, { publicUrl, defaultLanguage: language }: Settings): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = statusLines[error.code ?? ''] ?? '400 Bad Request';
  // The answer to a HEAD has no body: the client would take one for the beginning of the next answer.
  const isHead = Buffer.isBuffer(error.rawPacket) && error.rawPacket.subarray(0, 5).toString('latin1') === 'HEAD ';
  const requestId = randomUUID();
  const body = JSON.stringify({
    ...problemOf(new BodyMalformed(), { publicUrl, requestId, language }),
    status: Number(status.slice(0, 3)),
  });
  const headers = {
    ...plainHeaders,
    'x-request-id': requestId,
    'content-type': problemMediaType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Whoever does not end the connection then has it ended.
  setTimeout(() => socket.destroy(), 1_000).unref();
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${isHead ? '' : body}`);
}
