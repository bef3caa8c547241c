import { type FastifyInstance } from 'fastify';
import { PageError } from './page-error.js';
import { appRoutes } from './control/apps.js';
import { type ControlCall, ControlError, type ControlRoute, route } from './control/control-route.js';
import { faultRoutes } from './control/faults.js';
import { journalRoutes } from './control/journal.js';
import { messageRoutes } from './control/messages.js';
import { miniProgramRoutes } from './control/mini-program.js';
import { openapiOf } from './control/openapi.js';
import { pageErrorBody, peopleRoutes } from './control/people.js';
import { phoneRoutes } from './control/phone.js';
import { authorizerRoutes } from './control/authorizers.js';
import { platformOperationRoutes } from './control/platform-operations.js';
import { platformRoutes } from './control/platforms.js';
import { pushRoutes } from './control/pushes.js';
import { timeRoutes } from './control/time.js';
import { lazyValidator } from './control/validation.js';

const documented = [
  ...timeRoutes,
  ...appRoutes,
  ...peopleRoutes,
  ...phoneRoutes,
  ...messageRoutes,
  ...miniProgramRoutes,
  ...platformRoutes,
  ...platformOperationRoutes,
  ...authorizerRoutes,
  ...pushRoutes,
  ...faultRoutes,
  ...journalRoutes,
];

const openapi: ControlRoute = route({
  method: 'GET',
  path: '/_sim/openapi.json',
  tag: 'world',
  summary: 'This document.',
  handle: () => openapiOf([...documented, openapi]),
});

/** Everything under /_sim. Bodies are checked against the schema that the OpenAPI document shows. */
export function serveControl(app: FastifyInstance, doors: Pick<ControlCall, 'reset'> & { world(): ControlCall['world'] }): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    if (error instanceof PageError) return reply.code(422).send({ error: pageErrorBody(error) });
    const status = error instanceof ControlError ? error.status : (error.statusCode ?? 500);
    if (status >= 500) console.error(error);
    return reply.code(status).send({ error: { code: error.code ?? 'simulator_bug', message: error.message } });
  });
  app.setValidatorCompiler(lazyValidator);
  for (const one of [...documented, openapi]) {
    app.route({
      method: one.method,
      url: one.path.replace(/\{(\w+)\}/g, ':$1'),
      schema: {
        ...(one.body && { body: one.bodyIsOptional ? { anyOf: [one.body, { type: 'null' }] } : one.body }),
        ...(one.query && { querystring: { type: 'object', properties: one.query } }),
      },
      handler: async (request, reply) => {
        const params = request.params as Record<string, string>;
        const query = request.query as Record<string, string>;
        const call = { world: doors.world(), reset: doors.reset.bind(doors), params, query, reply };
        return one.handle(call, request.body);
      },
    });
  }
}
