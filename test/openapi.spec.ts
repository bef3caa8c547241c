import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterThisTest, shared } from './support/cleanup.js';
import { demoProgram } from './support/talking-house.js';
import { TestWechat, demoApp } from './support/wechat.js';
import { TestGateway, type TestGatewayOptions, adminToken } from './support/gateway.js';
import { AnswerSchemas } from './support/openapi/answer-schemas.js';
import { type BodyHandler, bodyHandlersOf } from './support/openapi/body-handlers.js';
import { BrokenRoutes } from './support/openapi/broken-routes.js';
import { ApiDocument, type Content, type Operation, partsOf, shapeOf } from './support/openapi/document.js';
import { NoExample, exampleOf } from './support/openapi/example.js';
import { plansOf } from './support/openapi/plan.js';
import { type Route, RouteWatch } from './support/openapi/route-watch.js';
import { Walk } from './support/openapi/walk.js';

/** What proves its caller otherwise, or has nothing to hide. */
const openToAll = [
  /^\/(health|callbacks|connect|login|widgets|platforms)\//,
  /^\/(docs|metrics|console)(\/|$)/,
  /^\/v1\/service\/wx\/wxmsg$/,
  /^\/MP_verify_/,
];

interface House {
  /** Behind the gateway. What a walk registers is unknown there, and refused as it should be. */
  readonly wechat: TestWechat;
  readonly gateway: TestGateway;
  readonly text: string;
  readonly document: ApiDocument;
}

// Requests of these tests come from many addresses, so that bad keys are not counted together.
async function start(besides: TestGatewayOptions['besides'] = [], path?: string): Promise<House> {
  const wechat = await TestWechat.start();
  const env = { ...wechat.env, TRUSTED_PROXIES: '127.0.0.0/8' };
  const gateway = await TestGateway.start({ besides: [RouteWatch, ...besides], env });
  const { text } = await gateway.ask('/docs/openapi.json');
  return { wechat, gateway, text, document: new ApiDocument(text, path) };
}

const routesOf = ({ gateway }: House): Route[] =>
  gateway.gateway.app
    .get(RouteWatch)
    .routes.filter(({ method, path }) => !['HEAD', 'OPTIONS'].includes(method) && !/^\/docs(\/|-|$)/.test(path));

const pagesOfDocs = readdirSync('docs').filter((name) => name.endsWith('.md'));

const nameOf = ({ method, path }: Route | Operation): string => `${method} ${shapeOf(path)}`;

describe('The API description', () => {
  const house = shared(start);

  it('is valid OpenAPI', async () => {
    expect(await new Validator().validate(JSON.parse(house().text) as Record<string, unknown>)).toEqual({ valid: true });
  });

  it('holds every route there is, and no other', () => {
    expect(house().document.operations.map(nameOf).sort()).toEqual(routesOf(house()).map(nameOf).sort());
  });

  it('names each operation once, and says what it is for and where it belongs', () => {
    const ids = house().document.operations.map(({ operationId }) => operationId);

    expect(ids.filter((id, place) => id === undefined || ids.indexOf(id) !== place)).toEqual([]);
    expect(
      house()
        .document.operations.filter(({ summary, tags }) => !summary || !tags?.length)
        .map(nameOf),
    ).toEqual([]);
  });

  it('says of each operation who may call it', () => {
    const { operations } = house().document;
    const openInWords = (one: Operation): boolean => one.security?.every((way) => Object.keys(way).length === 0) ?? false;

    expect(operations.filter(({ security }) => security === undefined).map(nameOf)).toEqual([]);
    expect(
      operations.filter((one) => openInWords(one) && !openToAll.some((pattern) => pattern.test(one.path))).map(nameOf),
    ).toEqual([]);
    expect(operations.find(({ operationId }) => operationId === 'getWxUserInfo')?.security).toEqual([{ key: [] }, {}]);
  });

  it('declares its groups, each with a description, and no other', () => {
    const { operations, tags } = house().document;
    const used = operations.flatMap((operation) => operation.tags ?? []);

    expect(tags.filter(({ description }) => !description)).toEqual([]);
    expect([...new Set(used)].sort()).toEqual(tags.map(({ name }) => name).sort());
  });

  it('names null among the values where it is one', () => {
    const nullable = [...partsOf(JSON.parse(house().text))].filter((part) => part.nullable && part.enum);

    expect(nullable.length).toBeGreaterThan(3);
    expect(nullable.filter((schema) => !schema.enum?.includes(null))).toEqual([]);
  });

  it('says how each operation succeeds', () => {
    const succeeds = ({ responses }: Operation): boolean => Object.keys(responses).some((status) => /^[123]/.test(status));

    expect(
      house()
        .document.operations.filter((operation) => !succeeds(operation))
        .map(nameOf),
    ).toEqual([]);
  });

  it('shows an example of every body, and the examples are what it describes', () => {
    const schemas = new AnswerSchemas(house().document);
    const faults = bodiesOf(house().document).flatMap(({ where, content }) => {
      try {
        return schemas.faultsOf(content, exampleOf(house().document, content)).map((fault) => `${where}: ${fault}`);
      } catch (error) {
        if (error instanceof NoExample) return [`${where}: no example of ${error.message}`];
        throw error;
      }
    });

    expect(faults).toEqual([]);
  });

  it('describes every body that a handler reads, by the class that checks it', () => {
    const handlers = bodyHandlersOf(house().gateway.gateway.app);
    const described = new Map(house().document.operations.map(({ operationId, requestBody }) => [operationId, requestBody]));
    const schemasOf = ({ operationId }: BodyHandler): Content[] => Object.values(described.get(operationId)?.content ?? {});
    const isDescribed = (handler: BodyHandler): boolean =>
      schemasOf(handler).length > 0 &&
      // WeChat's pushes and the forms of our pages are texts, read from their bytes; anything else has a class.
      schemasOf(handler).every(({ schema }) => schema?.type === 'string' || schema?.$ref?.endsWith(`/${handler.type}`));

    expect(handlers.map(({ name }) => name)).toContain('DeliveriesController.rotateWebhookSecret');
    expect(handlers.filter((handler) => !isDescribed(handler))).toEqual([]);
  });

  it('offers exactly the scopes that routes need', () => {
    const needed = house().document.operations.flatMap((operation) => operation['x-required-scope']?.split(' ') ?? []);

    expect([...new Set(needed)].sort()).toEqual([...(scopesOf(house().document) as string[])].sort());
  });

  it('says of every answer that passes by itself that it tells when', () => {
    const passing = house().document.operations.flatMap((operation) =>
      Object.entries(operation.responses)
        .filter(([status, { content }]) => ['429', '503'].includes(status) && content?.['application/problem+json'])
        .map(([status, { headers }]) => ({ where: `${nameOf(operation)} ${status}`, headers })),
    );

    expect(passing.map(({ where }) => where)).toContain('POST /v1/apps/{}/access-token/rejections 429');
    expect(passing.filter(({ headers }) => !headers?.['Retry-After']).map(({ where }) => where)).toEqual([]);
  });

  it('lists the codes of every problem', () => {
    const silent = bodiesOf(house().document)
      .filter(({ where, content }) => where.includes('problem+json') && !codesOf(content.schema ?? {}).length)
      .map(({ where }) => where);

    expect(silent).toEqual([]);
  });

  it.each(pagesOfDocs)('knows every route that docs/%s names', (name) => {
    const { operations } = house().document;
    const named = [...readFileSync(`docs/${name}`, 'utf8').matchAll(/`(GET|POST|PUT|PATCH|DELETE) (…?)(\/[^\s`?]*)/g)];
    // The dots stand for the beginning of an address.
    const isKnown = ([, method = '', dots = '', path = '']: RegExpExecArray): boolean =>
      operations.some(
        (one) =>
          one.method === method && (dots ? shapeOf(one.path).endsWith(shapeOf(path)) : nameOf(one) === nameOf({ method, path })),
      );

    expect(named.filter((one) => !/^\/_sim/.test(one[3] ?? '') && !isKnown(one)).map(([text]) => text)).toEqual([]);
  });

  const codesOf = (schema: Parameters<ApiDocument['resolved']>[0]): readonly unknown[] =>
    house().document.resolved(schema).properties?.code?.enum ?? [];
});

function bodiesOf({ operations }: ApiDocument) {
  return operations.flatMap((operation) => {
    const answers = Object.entries(operation.responses).map(([status, { content }]) => ({ status, content }));
    const all = [...answers, { status: 'request', content: operation.requestBody?.content }];
    return all.flatMap(({ status, content = {} }) =>
      Object.entries(content).map(([mediaType, one]) => ({ where: `${nameOf(operation)} ${status} ${mediaType}`, content: one })),
    );
  });
}

describe('Every route that is not meant to be open', () => {
  const house = shared(start);

  it('is refused without a key', async () => {
    const closed = routesOf(house()).filter(({ path }) => !openToAll.some((pattern) => pattern.test(path)));

    const answers = [];
    for (const [place, { method, path }] of closed.entries()) {
      const address = path.replace(/:\w+/g, 'wx3cc8fd6963e31a32').replace('*', 'x');
      const headers = { 'x-forwarded-for': `10.1.${place >> 8}.${place & 255}` };
      const answer = await house().gateway.ask(address, { method, headers });
      answers.push(`${method} ${path}: ${answer.status} ${answer.headers.get('content-type')}`);
    }

    expect(closed.length).toBeGreaterThan(10);
    expect(answers).toEqual(closed.map(({ method, path }) => `${method} ${path}: 401 application/problem+json; charset=utf-8`));
  });
});

interface Walked {
  readonly failure: string | undefined;
  /** The share of the requests that got what they asked for. */
  readonly successShare: number;
}

async function walk(
  through: TestGateway,
  api: ApiDocument,
  { seed, requests }: { seed: number; requests: number },
): Promise<Walked> {
  const key = await through.makeKey({ name: 'walker', scopes: scopesOf(api) });
  const walker = new Walk({ url: through.url, document: api, adminToken, key });
  afterThisTest(() => Promise.resolve(walker.close()));
  const walked = await fc.check(
    fc.asyncProperty(plansOf(api), (plan) => walker.take(plan)),
    // For what hangs: how fast a machine walks is no promise of ours.
    { seed, numRuns: requests, interruptAfterTimeLimit: 20_000 + requests * 100, markInterruptAsFailure: true },
  );
  const broken = walked.errorInstance instanceof Error ? walked.errorInstance.message : 'The walk took too long';
  const replay = `Request ${walked.numRuns}; replay it with WALK_SEED=${seed} WALK_REQUESTS=${requests}`;
  return {
    failure: walked.failed
      ? `${replay}
${broken}`
      : undefined,
    successShare: walker.granted / walker.meantWell,
  };
}

describe('A random walk', () => {
  const requests = Number(process.env.WALK_REQUESTS ?? 1_000);
  // The same walk for everybody, so that a red build is about its change; WALK_SEED=random looks for what nobody has seen yet.
  const given = process.env.WALK_SEED ?? '20261121';
  const seed = given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given);

  it(
    'through the API meets only what its description says',
    async () => {
      const { wechat, gateway, document } = await start();
      for (const appid of [demoApp, demoProgram]) await wechat.registerIn(gateway, {}, appid);
      // Also of a walk that meets nothing, or never ends.
      process.stderr.write(`A random walk of ${requests} requests: WALK_SEED=${seed}\n`);

      const { failure, successShare } = await walk(gateway, document, { seed, requests });

      if (failure !== undefined) throw new Error(failure);
      // A walk that is mostly refused has seen nothing. Half of the requests are wrong on purpose, and not counted here.
      expect(successShare).toBeGreaterThan(0.22);
    },
    40_000 + requests * 110,
  );

  it.each([
    ['leak', 'must NOT have unevaluated properties {"unevaluatedProperty":"secret_hash"}'],
    ['null', '/name must be string'],
    ['status', '202 is not declared'],
    ['crash/{name}', 'is a 500'],
    ['echo', 'shows a secret that was sent'],
  ])('would notice what is wrong with /broken/%s', async (path, fault) => {
    const { gateway, document } = await start([BrokenRoutes], `/broken/${path}`);

    const { failure } = await walk(gateway, document, { seed, requests: 500 });

    expect(failure).toContain(fault);
  });
});

/** Every scope that a key can have: the routes name those they need. */
const scopesOf = ({ schemas }: ApiDocument): unknown => schemas.ApiKeyRequest?.properties?.scopes?.items?.enum;
