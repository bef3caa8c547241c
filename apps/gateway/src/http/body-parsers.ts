import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hasRawBody } from '#api';
import { MediaTypeUnsupported } from './http-failures.js';

/** JSON for everybody; bytes for the routes that WeChat calls, whose signatures cover just those. */
export function parseBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  // Whatever WeChat, or what stands in between, calls it: what it is shows in the bytes.
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (hasRawBody(request.routeOptions.url)) request.headers['content-type'] = 'application/octet-stream';
    done();
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (hasRawBody(request.routeOptions.url)) done(null, body);
    else done(new MediaTypeUnsupported());
  });
}
