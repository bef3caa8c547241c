import type { Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type CalledRequest, nameOf } from '#access';
import { Lifecycle, Metrics, requestUnderWay } from '#runtime';
import { Settings } from '#settings';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import type { Logger } from 'pino';
import { requestLogOf } from '../log.js';
import { isTooDeep } from './body-depth.js';
import { parseBodies } from './body-parsers.js';
import { ErrorFilter } from './error.filter.js';
import { BodyMalformed, NotServingYet } from './http-failures.js';
import { plainHeadersFor, registerPageHeaders } from './security-headers.js';

/** Answered in every stage of life: probes, and what a person looks at to see what is wrong. */
const alwaysServed = /^\/(health|metrics|docs)(\/|$)/;
const isPage = /^\/docs(\/|$)/;

/** What is true of every request, whichever route it reaches or misses. */
export async function hookRequests(app: NestFastifyApplication, log: Logger): Promise<void> {
  const settings = app.get(Settings);
  const lifecycle = app.get(Lifecycle);
  const errors = app.get(ErrorFilter);
  const measure = requestTimer(app.get(Metrics));
  const requestLog = requestLogOf(log);
  const headers = plainHeadersFor(settings.publicUrl);
  const fastify = app.getHttpAdapter().getInstance();

  parseBodies(app);
  letGoOfUnusedConnections(fastify);
  await app.register(rateLimit, { global: false });
  await registerPageHeaders(app, settings.publicUrl);

  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const route = templateOf(request);
    if (isPage.test(route)) void reply.helmet();
    else void reply.headers(headers);
    if (lifecycle.stage === 'draining') void reply.header('connection', 'close');
    if (lifecycle.stage === 'starting' && !alwaysServed.test(route)) errors.answer(new NotServingYet(), request, reply);
    else requestUnderWay.run({ id: request.id }, done);
  });

  fastify.addHook('preValidation', (request, _reply, done) => {
    done(!Buffer.isBuffer(request.body) && isTooDeep(request.body) ? new BodyMalformed() : undefined);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const route = templateOf(request);
    measure(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    requestLog.info({
      request_id: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      address: request.ip,
      caller: nameOf((request as FastifyRequest & CalledRequest).caller),
    });
    done();
  });
}

/** Browsers and clients open connections ahead of need. Node does not count one without a request as idle, and a stop would wait for it. */
function letGoOfUnusedConnections(fastify: FastifyInstance): void {
  const sockets = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}

/** The template, never the path: paths hold openids, and queries hold tokens. */
const templateOf = (request: FastifyRequest): string => (request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched'));

/** One series for each method, route and status, looked up once: making its labels costs more than counting. */
function requestTimer(metrics: Metrics): (method: string, route: string, status: number, seconds: number) => void {
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'How long requests took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [metrics.registry],
  });
  const series = new Map<string, ReturnType<typeof durations.labels>>();
  return (method, route, status, seconds) => {
    const name = `${status} ${method} ${route}`;
    let one = series.get(name);
    if (!one) {
      one = durations.labels(method, route, String(status));
      series.set(name, one);
    }
    one.observe(seconds);
  };
}
