import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type CalledRequest, addressOf, nameOf } from '#access';
import { HeldBytes, Lifecycle, Metrics, requestUnderWay } from '#runtime';
import { Settings } from '#settings';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import type { Logger } from 'pino';
import { requestLogOf } from '../log.js';
import { isTooMuch } from './body-size.js';
import { parseBodies } from './body-parsers.js';
import { Connections } from './connections.js';
import { ErrorFilter } from './error.filter.js';
import { HeldForCallers } from './held-for-callers.js';
import { BodyMalformed, MethodNotAllowed, NotServingYet, RouteNotFound, TooBusy } from './http-failures.js';
import { KnownRoutes } from './known-routes.js';
import { HostNotLocal, localNamesOnly } from './local-names.js';
import { PushDoor, arrivalOf } from './push-door.js';
import { plainHeadersFor, registerPageHeaders } from './security-headers.js';

/** Answered in every stage of life: probes, and what a person looks at to see what is wrong. */
const alwaysServed = /^\/(health|metrics|docs)(\/|$)/;
/** And this, whatever else there is no room for. */
const tokenRoute = '/v1/apps/:appid/access-token';
const isPage = /^\/docs(\/|$)/;

/** What is true of every request, whichever route it reaches or misses. */
export async function hookRequests(app: NestFastifyApplication, log: Logger): Promise<void> {
  const settings = app.get(Settings);
  const lifecycle = app.get(Lifecycle);
  const errors = app.get(ErrorFilter);
  const measure = requestTimer(app.get(Metrics));
  const requestLog = requestLogOf(log);
  const headers = plainHeadersFor(settings.publicUrl);
  const isMeantForUs = localNamesOnly(settings);
  const fastify = app.getHttpAdapter().getInstance();

  const routes = KnownRoutes.of(fastify);
  parseBodies(app);
  const connections = new Connections(fastify.server, settings.maxConnections, app.get(Metrics));
  PushDoor.of(app, connections);
  fastify.addHook('preClose', (done) => {
    connections.closeUnused();
    done();
  });
  const held = new HeldForCallers(app.get(HeldBytes), log);
  await registerPageHeaders(app, settings.publicUrl);

  fastify.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    connections.beginsWork(socket);
    void reply.header('x-request-id', request.id);
    const route = templateOf(request);
    const isServedAlways = alwaysServed.test(route);
    if (connections.isBeyond(socket)) void reply.header('connection', 'close');
    if (isPage.test(route)) void reply.helmet();
    else void reply.headers(headers);
    if (lifecycle.stage === 'draining') void reply.header('connection', 'close');
    if (!isMeantForUs(request.method, request.headers)) errors.answer(new HostNotLocal(), request, reply);
    else if (lifecycle.stage === 'starting' && !isServedAlways) errors.answer(new NotServingYet(), request, reply);
    else if (!isServedAlways && route !== tokenRoute && (connections.isBeyond(socket) || !held.hasRoomFor(request, reply)))
      refuse(errors, request, reply);
    else if (request.is404) answerWithoutRoute(routes, errors, request, reply);
    else requestUnderWay.run({ id: request.id, arrivedAt: arrivalOf(request.raw) }, done);
  });

  fastify.addHook('preValidation', (request, _reply, done) => {
    done(!Buffer.isBuffer(request.body) && isTooMuch(request.body) ? new BodyMalformed() : undefined);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (held.takeAnswer(payload, reply.raw)) return done(null, payload);
    done(null, held.refusal(request, reply, settings));
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    connections.endsWork(request.raw.socket);
    const route = templateOf(request);
    measure(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    // In an overload there are thousands of them in a second, all alike: they are counted.
    if (reply.statusCode === 503 && arrivalOf(request.raw) !== undefined) return done();
    requestLog.info({
      request_id: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      address: addressOf(request),
      caller: nameOf((request as FastifyRequest & CalledRequest).caller),
    });
    done();
  });
}

/** Without reading what it brings. */
function refuse(errors: ErrorFilter, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('connection', 'close');
  errors.answer(new TooBusy(), request, reply);
}

/** Before the body is read: what is wrong with that matters to nobody here. */
function answerWithoutRoute(routes: KnownRoutes, errors: ErrorFilter, request: FastifyRequest, reply: FastifyReply): void {
  const allowed = routes.othersThan(request.method, request.url);
  if (allowed.length === 0) return errors.answer(new RouteNotFound(request.method), request, reply);
  void reply.header('allow', allowed.join(', '));
  if (request.method === 'OPTIONS') void reply.status(204).send();
  else errors.answer(new MethodNotAllowed(request.method, allowed), request, reply);
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
