import { type ControlRoute } from './control-route.js';

const failure = {
  description: 'The call cannot be done; `error` says why.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: { error: { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } } },
      },
    },
  },
};

const tags = {
  world: 'Time, chance, switches, and a new beginning',
  apps: 'Accounts, as their operators and WeChat could change them',
  people: 'What people do with their phones',
  platforms: 'Third-party platforms and the accounts that authorise them',
  pushes: 'What was sent to callbacks, and events of any kind',
  faults: 'What goes wrong on purpose',
  journal: 'What happened',
};

/** The control API, described from the very list that serves it. */
export function openapiOf(routes: readonly ControlRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Control of the WeChat simulator',
      version: '1.0.0',
      description: 'Drives a WeChat to develop against. The calls of WeChat itself are at the same origin, outside of /_sim.',
    },
    servers: [{ url: '/' }],
    // Nothing here is worth a key, and nobody but this machine should reach it.
    security: [],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
  };
}

function operationOf(route: ControlRoute): object {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  const body = route.body && {
    requestBody: { required: !route.bodyIsOptional, content: { 'application/json': { schema: route.body } } },
  };
  return {
    tags: [route.tag],
    summary: route.summary,
    operationId: `${route.method} ${route.path}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/_$/, ''),
    parameters: [...inPath, ...inQuery],
    ...body,
    responses: { 200: { description: 'Done.', content: { [route.answer ?? 'application/json']: {} } }, default: failure },
  };
}
