import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hasRawBody } from '#api';
import { MediaTypeUnsupported } from './http-failures.js';

/** JSON for everybody; bytes for the routes that WeChat calls, whose signatures cover just those. */
export function parseBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['text/plain', 'application/json']);

  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (hasRawBody(request.routeOptions.url)) done(null, body);
    else void parseJson(request, body.toString('utf8'), done);
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (hasRawBody(request.routeOptions.url)) done(null, body);
    else done(new MediaTypeUnsupported());
  });
}
