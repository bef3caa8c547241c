import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type CalledRequest, nameOf } from '#access';
import { Lifecycle, Metrics } from '#runtime';
import { Settings } from '#settings';
import type { FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import { requestUnderWay } from '../log.js';
import { ErrorFilter } from './error.filter.js';
import { NotServingYet } from './http-failures.js';

/** Answered in every stage of life: probes, and what a person looks at to see what is wrong. */
const alwaysServed = /^\/(health|metrics|docs)(\/|\?|$)/;
const neverStored = /^\/(v1|admin)(\/|\?|$)/;

/** What is true of every request, whichever route it reaches or misses. */
export async function hookRequests(app: NestFastifyApplication): Promise<void> {
  const settings = app.get(Settings);
  const lifecycle = app.get(Lifecycle);
  const errors = app.get(ErrorFilter);
  const fastify = app.getHttpAdapter().getInstance();
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'How long requests took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [app.get(Metrics).registry],
  });

  // Fastify's own JSON parser is the only one: bodies of any other type are refused with 415.
  fastify.removeContentTypeParser('text/plain');
  await app.register(rateLimit, { global: false });
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: settings.publicUrl.startsWith('https:') ? [] : null } },
    strictTransportSecurity: settings.publicUrl.startsWith('https:'),
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (neverStored.test(request.url)) void reply.header('cache-control', 'no-store');
    if (lifecycle.stage === 'draining') void reply.header('connection', 'close');
    if (lifecycle.stage === 'starting' && !alwaysServed.test(request.url)) errors.answer(new NotServingYet(), request, reply);
    else requestUnderWay.run(request.id, done);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const route = templateOf(request);
    const seconds = reply.elapsedTime / 1_000;
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, seconds);
    request.log.info({
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

/** The template, never the path: paths hold openids, and queries hold tokens. */
const templateOf = (request: FastifyRequest): string => (request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched'));
