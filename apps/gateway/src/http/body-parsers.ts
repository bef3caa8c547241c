import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { factsOf } from '#api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MediaTypeUnsupported } from './http-failures.js';

/**
 * JSON for everybody; bytes for the routes that WeChat calls, whose signatures cover just those. A body of zero bytes is
 * no body, whatever its type says: many clients name a type on every request, on a DELETE too.
 */
export function parseBodies(app: NestFastifyApplication): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request;
    // Whatever WeChat, or what stands in between, calls it: what it is shows in the bytes.
    if (factsOf(request).rawBody) headers['content-type'] = 'application/octet-stream';
    else if (hasNoBytes(request)) delete headers['content-type'];
    // Only reading it tells whether a body sent in chunks has any bytes. What is no type at all must not stand in the way.
    else if (!/^[^\s/;]+\/[^\s/;]+/.test(headers['content-type'] ?? '')) headers['content-type'] = 'application/octet-stream';
    done();
  });

  const readJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void readJson(request, body.toString(), done);
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (factsOf(request).rawBody) done(null, body);
    else done(body.length === 0 ? null : new MediaTypeUnsupported(), undefined);
  });
}

const hasNoBytes = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0);
