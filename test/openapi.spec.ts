import { beforeEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterThisTest } from './support/cleanup.js';
import { demoProgram } from './support/talking-house.js';
import { TestWechat, demoAccount } from './support/wechat.js';
import { TestGateway, type TestGatewayOptions, adminToken } from './support/gateway.js';
import { AnswerSchemas } from './support/openapi/answer-schemas.js';
import { BrokenRoutes } from './support/openapi/broken-routes.js';
import { ApiDocument, type Operation, shapeOf } from './support/openapi/document.js';
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

/** Behind the gateway. What a walk registers is unknown there, and refused as it should be. */
let wechat: TestWechat;
let gateway: TestGateway;
let text: string;
let document: ApiDocument;

// Requests of these tests come from many addresses, so that bad keys are not counted together.
const start = async (besides: TestGatewayOptions['besides'] = []): Promise<TestGateway> => {
  wechat = await TestWechat.start();
  return TestGateway.start({ besides: [RouteWatch, ...besides], env: { ...wechat.env, TRUSTED_PROXIES: '127.0.0.0/8' } });
};

const description = async (of: TestGateway): Promise<string> => (await of.ask('/docs/openapi.json')).text;

beforeEach(async () => {
  gateway = await start();
  text = await description(gateway);
  document = new ApiDocument(text);
});

const routes = (): Route[] =>
  gateway.gateway.app
    .get(RouteWatch)
    .routes.filter(({ method, path }) => !['HEAD', 'OPTIONS'].includes(method) && !/^\/docs(\/|-|$)/.test(path));

const nameOf = ({ method, path }: Route | Operation): string => `${method} ${shapeOf(path)}`;

describe('The API description', () => {
  it('is valid OpenAPI', async () => {
    expect(await new Validator().validate(JSON.parse(text) as Record<string, unknown>)).toEqual({ valid: true });
  });

  it('holds every route there is, and no other', () => {
    expect(document.operations.map(nameOf).sort()).toEqual(routes().map(nameOf).sort());
  });

  it('names each operation once, and says what it is for and where it belongs', () => {
    const ids = document.operations.map(({ operationId }) => operationId);

    expect(ids.filter((id, place) => id === undefined || ids.indexOf(id) !== place)).toEqual([]);
    expect(document.operations.filter(({ summary, tags }) => !summary || !tags?.length).map(nameOf)).toEqual([]);
  });

  it('says how each operation succeeds', () => {
    const succeeds = ({ responses }: Operation): boolean => Object.keys(responses).some((status) => /^[123]/.test(status));

    expect(document.operations.filter((operation) => !succeeds(operation)).map(nameOf)).toEqual([]);
  });

  it('shows an example of every body, and the examples are what it describes', () => {
    const schemas = new AnswerSchemas(document);
    const faults = bodiesOf(document).flatMap(({ where, content }) => {
      try {
        return schemas.faultsOf(content, exampleOf(document, content)).map((fault) => `${where}: ${fault}`);
      } catch (error) {
        if (error instanceof NoExample) return [`${where}: no example of ${error.message}`];
        throw error;
      }
    });

    expect(faults).toEqual([]);
  });

  it('lists the codes of every problem', () => {
    const silent = bodiesOf(document)
      .filter(({ where, content }) => where.includes('problem+json') && !codesOf(content.schema ?? {}).length)
      .map(({ where }) => where);

    expect(silent).toEqual([]);
  });

  const codesOf = (schema: Parameters<ApiDocument['resolved']>[0]): readonly unknown[] =>
    document.resolved(schema).properties?.code?.enum ?? [];
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
  it('is refused without a key', async () => {
    const closed = routes().filter(({ path }) => !openToAll.some((pattern) => pattern.test(path)));

    const answers = [];
    for (const [place, { method, path }] of closed.entries()) {
      const address = path.replace(/:\w+/g, 'wx3cc8fd6963e31a32').replace('*', 'x');
      const headers = { 'x-forwarded-for': `10.1.${place >> 8}.${place & 255}` };
      const answer = await gateway.ask(address, { method, headers });
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
    { seed, numRuns: requests, interruptAfterTimeLimit: 20_000 + requests * 20, markInterruptAsFailure: true },
  );
  const good = [...walker.statuses].filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0);
  const broken = walked.errorInstance instanceof Error ? walked.errorInstance.message : 'The walk took too long';
  const replay = `Request ${walked.numRuns}; replay it with WALK_SEED=${seed} WALK_REQUESTS=${requests}`;
  return {
    failure: walked.failed
      ? `${replay}
${broken}`
      : undefined,
    successShare: good / requests,
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
      for (const appid of [demoAccount, demoProgram]) await wechat.registerIn(gateway, {}, appid);

      const { failure, successShare } = await walk(gateway, document, { seed, requests });

      if (failure !== undefined) throw new Error(failure);
      // A walk that is mostly refused has seen nothing.
      expect(successShare).toBeGreaterThan(0.2);
    },
    40_000 + requests * 30,
  );

  it.each([
    ['leak', 'must NOT have unevaluated properties {"unevaluatedProperty":"secret_hash"}'],
    ['null', '/name must be string'],
    ['status', '202 is not declared'],
    ['crash/{name}', 'is a 500'],
    ['echo', 'shows a secret that was sent'],
  ])('would notice what is wrong with /broken/%s', async (path, fault) => {
    const broken = await start([BrokenRoutes]);
    const api = new ApiDocument(await description(broken), `/broken/${path}`);

    const { failure } = await walk(broken, api, { seed, requests: 500 });

    expect(failure).toContain(fault);
  });
});

/** Every scope that a key can have: the routes name those they need. */
const scopesOf = ({ schemas }: ApiDocument): unknown => schemas.ApiKeyOrder?.properties?.scopes?.items?.enum;
