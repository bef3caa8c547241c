import { describe, expect, it } from '@jest/globals';
import { TestGateway, adminToken } from './support/gateway.js';
import { type Operation, TestRoutes } from './support/routes.js';
import { raw } from './support/raw-socket.js';

const json = { 'content-type': 'application/json' };
const app = 'wx3cc8fd6963e31a32';

describe('A body of zero bytes', () => {
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'no type',
  ];

  it.each(types)('is no body, also where it is called %s: a key is revoked', async (type) => {
    const gateway = await TestGateway.start();

    for (const how of ['', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const { key, id } = await gateway.makeKey();
      const answer = await raw(
        gateway.url,
        `DELETE /admin/v1/api-keys/${id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${adminToken}\r\n` +
          `Content-Type: ${type}\r\n${how}\r\n${how.startsWith('T') ? '0\r\n\r\n' : ''}`,
      );

      expect(answer.slice(0, 12)).toBe('HTTP/1.1 204');
      expect((await gateway.ask('/v1/key', { key })).status).toBe(401);
    }
  });

  it('is no body of a POST that needs none, and lacks every field of one that does', async () => {
    const gateway = await TestGateway.start();
    const { id } = await gateway.makeKey();

    const rotated = await gateway.admin(`/api-keys/${id}/rotate`, { method: 'POST', headers: json });
    const made = await gateway.admin('/api-keys', { method: 'POST', headers: json });

    expect(rotated.status).toBe(200);
    expect([made.status, made.body.code]).toEqual([400, 'validation_failed']);
    expect((made.body.errors as { path: string }[]).map(({ path }) => path)).toEqual(expect.arrayContaining(['name', 'appids']));
  });
});

describe('A query parameter that a route does not know', () => {
  const isCalled = ({ template }: Operation): boolean =>
    /^\/(admin\/)?v1\//.test(template) && !template.startsWith('/v1/service/wx/');

  it('is refused on every route of /v1 and /admin/v1, by its name', async () => {
    const gateway = await TestGateway.start();
    const { operations } = await TestRoutes.of(gateway);
    const { key } = await gateway.makeKey({ scopes: everyScope });

    const called = operations.filter(isCalled);
    expect(called.length).toBeGreaterThan(60);
    for (const { method, path, isAdmin } of called)
      for (const name of ['surely_unknown', '__proto__', 'constructor']) {
        const { status, body, text } = await gateway.ask(`${path}${path.includes('?') ? '&' : '?'}${name}=1`, {
          method,
          key: isAdmin ? adminToken : key,
          ...(method !== 'GET' && { body: {} }),
        });
        const paths = ((body.errors ?? []) as { path: string }[]).map((fault) => fault.path);
        expect([method, path, status, body.code, paths.includes(name) || text]).toEqual([
          method,
          path,
          400,
          'validation_failed',
          true,
        ]);
      }
  });

  it('is told together with what else is wrong, and only to whom the route is open', async () => {
    const gateway = await TestGateway.start();

    const both = await gateway.admin('/apps?limit=many&colour=red');
    const stranger = await gateway.ask('/admin/v1/overview?colour=red');

    expect((both.body.errors as { path: string }[]).map(({ path }) => path).sort()).toEqual(['colour', 'limit']);
    expect(stranger.status).toBe(401);
  });

  it('is ignored where WeChat or a browser opens the address', async () => {
    const gateway = await TestGateway.start();
    const { operations } = await TestRoutes.of(gateway);

    const opened = operations.filter((one) => !isCalled(one) && one.method === 'GET');
    expect(opened.length).toBeGreaterThan(10);
    for (const { path } of opened) {
      const separator = path.includes('?') ? '&' : '?';
      const [without, withIt] = [
        await gateway.ask(path),
        await gateway.ask(`${path}${separator}from=singlemessage&isappinstalled=0`),
      ];
      expect([path, withIt.status]).toEqual([path, without.status]);
    }
  });
});

describe('A method that an address does not take', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'];

  it('is 405 with the methods that it takes, on every route', async () => {
    const gateway = await TestGateway.start();
    const routes = await TestRoutes.of(gateway);

    let refused = 0;
    for (const path of routes.paths) {
      const allowed = routes.methodsAt(path);
      for (const method of methods.filter((one) => !allowed.includes(one))) {
        const answer = await raw(gateway.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        expect([method, path, answer.slice(9, 12), /^allow: (.*)\r$/im.exec(answer)?.[1]]).toEqual([
          method,
          path,
          '405',
          allowed.join(', '),
        ]);
        if (method !== 'HEAD') expect(answer).toContain('"code":"method_not_allowed"');
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  it('is refused before its body is read, however the address is written, also below the documentation', async () => {
    const gateway = await TestGateway.start();
    const statusOf = async (path: string, body?: string) =>
      (await gateway.ask(path, { method: 'POST', ...(body !== undefined && { body }) })).status;

    expect(await statusOf('/v1/key', '{"broken')).toBe(405);
    expect(await statusOf('/v1/key?access_token=x', 'x'.repeat(300_000))).toBe(405);
    expect(await statusOf('/v1/%6bey')).toBe(405);
    expect(await statusOf('/docs')).toBe(405);
    expect(await statusOf('/docs/swagger-ui.css')).toBe(405);
    expect(await statusOf('/v1/nothing-here', '{"broken')).toBe(404);
  });

  it('can be asked for by OPTIONS, which opens nothing to other origins', async () => {
    const gateway = await TestGateway.start();
    const headers = { origin: 'https://evil.example.com', 'access-control-request-method': 'GET' };

    const asked = await gateway.ask('/v1/key', { method: 'OPTIONS', headers });
    const nowhere = await gateway.ask('/v1/nothing-here', { method: 'OPTIONS', headers });

    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(nowhere.status).toBe(404);
  });
});

describe('An address that no file can have', () => {
  const tails = [
    ...['/', '//', '///x', '/%2e%2e/x', '/%2e%2e%2fx', '/../x', '/x%00', '/%00', '/..%5c..', '/..%5c..%5cpackage.json', '/%5c'],
    ...['/%ff', '/%', '/%zz', '/%E0%A4%A', '/./x', '/%2e/x', '/%2f', '/a%2fb', '/.', '/..', '/.git', '/%3f', '/?%zz', '/x?y=%00'],
    ...['/swagger-ui.css%00', '/swagger-ui.css/', '/swagger-ui.css/x', '/*', '/%c0%ae%c0%ae/', `/${'x'.repeat(5_000)}`],
  ];
  const bases = ['', '/docs', '/docs/problems', '/docs/openapi.json', '/login', '/widgets', '/platforms', '/health', '/metrics'];
  const others = ['/callbacks', `/callbacks/${app}`, '/v1', '/admin/v1', '/v1/service/wx/wxmsg', `/v1/apps/${app}/events`];

  it('is never a mistake of ours', async () => {
    const gateway = await TestGateway.start();

    for (const base of [...bases, ...others])
      for (const method of ['GET', 'HEAD', 'POST'])
        for (const tail of tails) {
          const answer = await raw(gateway.url, `${method} ${base}${tail} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
          expect([method, base, tail, answer.slice(9, 12)]).toEqual([method, base, tail, expect.stringMatching(/^[24]/)]);
        }
    expect(gateway.logged.filter((line) => line.includes('A bug'))).toEqual([]);
    expect((await gateway.ask('/docs//')).body.code).toBe('route_not_found');
  }, 60_000);
});

describe('A request that dawdles', () => {
  it.each([
    ['headers', 'POST /v1/key HTTP/1.1\r\nHost: x\r\nX-Slow'],
    [
      'a body',
      'PATCH /admin/v1/apps/wx3cc8fd6963e31a32 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"na',
    ],
    ['nothing at all', ''],
  ])('is cut off when its time is over: %s', async (_, bytes) => {
    const gateway = await TestGateway.start({ env: { REQUEST_TIMEOUT_SECONDS: '1' } });

    const begun = performance.now();
    const answer = await raw(gateway.url, bytes);

    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('"status":408');
  });

  it('has thirty seconds where the operator says nothing else, and is looked for every second', async () => {
    const gateway = await TestGateway.start();
    const server = gateway.gateway.app.getHttpServer() as { requestTimeout: number; headersTimeout: number };

    expect([server.requestTimeout, server.headersTimeout]).toEqual([30_000, 30_000]);
  });
});

const everyScope = [
  ...['token:read', 'jssdk', 'oauth', 'users:read', 'qr', 'login', 'messages:send', 'menu', 'mini_program'],
  ...['events:read', 'webhooks', 'platform', 'quota'],
];
