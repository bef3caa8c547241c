import { isIP } from 'node:net';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { shared } from './support/cleanup.js';
import { type Answer, TestGateway, adminToken } from './support/gateway.js';
import { FetchBrowser, LoginHouse } from './support/login-house.js';
import { raw } from './support/raw-socket.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { TestWechat, demoApp } from './support/wechat.js';

describe('An error', () => {
  const ours = shared(() => TestGateway.start());

  it('is a problem document with the request id of the header', async () => {
    const gateway = ours();

    await request(gateway.url)
      .get('/v1/nothing-here')
      .set('X-Request-Id', 'abc-123')
      .expect(404)
      .expect('Content-Type', /^application\/problem\+json/)
      .expect('X-Request-Id', 'abc-123')
      .expect(({ body }) =>
        expect(body).toEqual({
          type: 'http://127.0.0.1:36012/docs/problems#route_not_found',
          title: expect.any(String),
          status: 404,
          detail: expect.any(String),
          code: 'route_not_found',
          request_id: 'abc-123',
        }),
      );
  });

  it('is told in the language that the caller likes better, under the same code', async () => {
    const gateway = ours();
    const told = async (language: string) => {
      const { body, headers } = await gateway.ask('/v1/nothing-here', { headers: { 'accept-language': language } });
      return { title: body.title, code: body.code, language: headers.get('content-language'), vary: headers.get('vary') };
    };

    const common = { code: 'route_not_found', vary: 'Accept-Language' };
    expect(await told('zh-CN,zh;q=0.9,en;q=0.8')).toEqual({ ...common, title: '这个地址不存在', language: 'zh-CN' });
    expect(await told('en')).toEqual({ ...common, title: 'There is nothing at this address', language: 'en' });
    expect(await told('*')).toEqual({ ...common, title: 'There is nothing at this address', language: 'en' });
  });

  it('is told in DEFAULT_LANGUAGE to a caller that does not say', async () => {
    const gateway = await TestGateway.start({ env: { DEFAULT_LANGUAGE: 'zh' } });

    const { body } = await gateway.ask('/v1/nothing-here');

    expect(body.title).toBe('这个地址不存在');
  });

  it('has an id of ours where the caller’s is not sane', async () => {
    const gateway = ours();

    await request(gateway.url)
      .get('/v1/key')
      .set('X-Request-Id', 'no spaces please')
      .expect('X-Request-Id', /^[0-9a-f-]{36}$/)
      .expect(({ headers, body }) => expect(body).toMatchObject({ request_id: headers['x-request-id'] }));
  });

  it.each([
    ['a body that is no JSON', { body: '{"name":' }, 400, 'body_malformed'],
    ['an empty body', { body: '' }, 400, 'validation_failed'],
    ['a body of blanks', { body: ' ' }, 400, 'body_malformed'],
    ['a body of more values than anybody should check', { body: `{"a":[${'{},'.repeat(3_000)}1]}` }, 400, 'body_malformed'],
    ['a body that reaches for the prototype', { body: '{"__proto__":{"admin":true}}' }, 400, 'body_malformed'],
    ['a list', { body: '[]' }, 400, 'validation_failed'],
    ['a list of good bodies', { body: '[{"name":"a","appids":"*","scopes":["qr"]}]' }, 400, 'validation_failed'],
    ['a text', { body: '"name"' }, 400, 'validation_failed'],
    ['null', { body: 'null' }, 400, 'validation_failed'],
    [
      'a body of another type',
      { body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'media_type_unsupported',
    ],
    ['a body beyond the limit', { body: JSON.stringify({ name: 'x'.repeat(300_000) }) }, 413, 'body_too_large'],
  ])('says what is wrong with %s', async (_, question, status, code) => {
    const gateway = ours();

    const answer = await gateway.admin('/api-keys', { method: 'POST', ...question });

    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('is a problem document for a list where an object belongs, also within a list', async () => {
    const gateway = ours();
    const app = { appid: 'wx3cc8fd6963e31a32', kind: 'official_account', name: 'A', secret: '0'.repeat(32) };
    await gateway.admin('/apps', { method: 'POST', body: app });
    const { key } = await gateway.makeKey({ scopes: ['messages:send'] });
    const reply = { type: 'news', articles: [[]] };
    const message = { touser: 'o', template_id: 't', data: { thing1: { value: 'a' } }, miniprogram: [] };

    const answers = [
      ...(await Promise.all(
        [{ rules: [[]] }, { rules: [{ when: { keyword: 'a' }, reply }] }].map((body) =>
          gateway.admin(`/apps/${app.appid}/reply-rules`, { method: 'PUT', body }),
        ),
      )),
      await gateway.ask(`/v1/apps/${app.appid}/template-messages`, { method: 'POST', key, body: message }),
      await gateway.ask(`/v1/apps/${app.appid}/subscribe-messages`, { method: 'POST', key, body: message }),
      await gateway.ask(`/v1/apps/${app.appid}/customer-messages`, {
        method: 'POST',
        key,
        body: { touser: 'o', type: 'text', text: { content: 'a' }, customservice: [] },
      }),
    ];

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [400, 'validation_failed']));
  });

  it.each([
    ['an address that cannot be decoded', 'GET /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['what is no HTTP', 'HELO gateway\r\n\r\n', 400],
    ['endless headers', `GET /v1/key HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ])('is a problem document for %s too', async (_, bytes, status) => {
    const gateway = ours();

    const answer = await raw(gateway.url, bytes);

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ status, code: 'body_malformed' });
  });

  it('has no body where a HEAD cannot be read', async () => {
    const gateway = ours();

    const answer = await raw(gateway.url, 'HEAD /v1/\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  it('of ours tells the caller nothing but the request id, and the log all', async () => {
    const gateway = await TestGateway.start();
    await gateway.database.query('DROP TABLE audit_entry');

    const { status, body, text } = await gateway.admin('/audit-log', { headers: { 'x-request-id': 'a-bug' } });

    expect([status, body.code]).toEqual([500, 'internal_error']);
    expect(text).not.toMatch(/audit_entry|relation|select/i);
    expect(gateway.logged.filter((line) => line.includes('a-bug') && line.includes('audit_entry'))).toHaveLength(1);
  });
});

describe('Every answer', () => {
  it('carries the security headers, and is not stored', async () => {
    const gateway = await TestGateway.start();

    const { headers } = await request(gateway.url)
      .get('/v1/key')
      .expect('Cache-Control', 'no-store')
      .expect('X-Content-Type-Options', 'nosniff')
      .expect('Referrer-Policy', 'no-referrer')
      .expect('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");

    expect(Object.keys(headers)).not.toContain('x-powered-by');
    expect(Object.keys(headers)).not.toContain('strict-transport-security');
  });

  it('asks for HTTPS where the public address has it', async () => {
    const gateway = await TestGateway.start({ env: { PUBLIC_URL: 'https://wx.example.com' } });

    await request(gateway.url)
      .get('/health/live')
      .expect('Strict-Transport-Security', /max-age/);
  });
});

describe('The address of a caller', () => {
  const addressOf = async (gateway: TestGateway): Promise<unknown> => {
    await gateway.ask('/health/live', { headers: { 'x-forwarded-for': '203.0.113.7' } });
    const line = gateway.logged.find((one) => one.includes('/health/live')) ?? '{}';
    return (JSON.parse(line) as { address?: string }).address;
  };

  it('is that of the socket, whatever the caller claims', async () => {
    expect(await addressOf(await TestGateway.start())).toBe('127.0.0.1');
  });

  it('is what a trusted proxy says', async () => {
    expect(await addressOf(await TestGateway.start({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } }))).toBe('203.0.113.7');
  });
});

describe('What a trusted proxy calls an address and is none', () => {
  it.each(['<b>who</b>', 'unknown', '203.0.113.7:4711', '203.0.113.7, who knows', 'who, 127.0.0.2', '127.1'])(
    'reaches no log and no audit: %s',
    async (claimed) => {
      const gateway = await TestGateway.start({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
      const headers = { 'x-forwarded-for': claimed };

      await gateway.makeKey();
      const body = { name: 'audited', appids: '*', scopes: ['qr'] };
      await gateway.admin('/api-keys', { method: 'POST', body, headers });
      await gateway.admin('/api-keys', { key: `${adminToken}x`, headers });

      const [entry] = (await gateway.admin('/audit-log')).body.items as { address: string }[];
      const lines = gateway.logged.map((line) => JSON.parse(line) as { address?: string; problem?: string });
      const addresses = lines.flatMap(({ address }) => (address === undefined ? [] : [address]));
      expect(lines.some(({ problem }) => problem === 'key_invalid')).toBe(true);
      expect([...addresses, entry?.address].filter((one) => isIP(String(one)) === 0)).toEqual([]);
    },
  );
});

describe('The address that a person is shown before they agree to a login', () => {
  it('is one, whatever a proxy calls it', async () => {
    const env = { TRUSTED_PROXIES: '127.0.0.0/8' };
    const house = await LoginHouse.build({ origins: ['https://shop.example.com'], env });

    await new FetchBrowser().open(await house.page(), { 'x-forwarded-for': 'your bank' });

    const rows = await house.gateway.database.query<{ context: { ip: string } }>('SELECT context FROM qr_login');
    expect(rows.map(({ context }) => context.ip)).toEqual(['127.0.0.1']);
  });
});

describe('The documentation', () => {
  const ours = shared(() => TestGateway.start());

  it('is served without a key and without any other host', async () => {
    const gateway = ours();

    const page = await gateway.ask('/docs');
    const problems = await gateway.ask('/docs/problems');

    expect([page.status, problems.status]).toEqual([200, 200]);
    for (const { text } of [page, problems]) expect(text).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1] ?? '';
    expect((await gateway.ask(new URL(script, 'http://x/docs').pathname)).status).toBe(200);
  });

  it.each([
    ['keeps what somebody signs in with in the browser of a sandbox', 'true', { persists: true, kept: ['authorized', 'theme'] }],
    ['keeps it nowhere else, and forgets what an older release kept', 'false', { persists: false, kept: ['theme'] }],
  ])('%s', async (_, SANDBOX, expected) => {
    const gateway = await TestGateway.start({ env: { SANDBOX } });

    expect(shownBy((await gateway.ask('/docs/swagger-ui-init.js')).text)).toEqual(expected);
  });

  it('lists every problem that a route declares', async () => {
    const gateway = ours();
    const description = (await gateway.ask('/docs/openapi.json')).text;
    const page = (await gateway.ask('/docs/problems')).text;

    const codes = new Set(
      [...description.matchAll(/"code":\{"type":"string","enum":\[([^\]]+)\]/g)].flatMap(([, list = '']) => list.split(',')),
    );

    expect(codes.size).toBeGreaterThan(10);
    for (const code of codes) expect(page).toContain(`id=${code}`);
  });
});

describe('The secrets of a whole day', () => {
  it('appear in no log line and in no dump of the database', async () => {
    const gateway = await TestGateway.start({ env: { LOG_LEVEL: 'trace' } });
    const canaries = {
      secret: 'c0ffee00c0ffee00c0ffee00c0ffee00',
      token: 'canaryCallbackToken',
      aesKey: 'canaryAesKeycanaryAesKeycanaryAesKeycanaryA',
    };
    const appid = 'wx3cc8fd6963e31a32';
    const body = {
      appid,
      kind: 'official_account',
      name: 'Shop',
      secret: canaries.secret,
      callback: { token: canaries.token, encoding_aes_key: canaries.aesKey },
    };

    const { key } = await gateway.makeKey();
    await gateway.admin('/apps', { method: 'POST', body, headers: { 'idempotency-key': 'canary' } });
    await gateway.admin('/apps', { method: 'POST', body, headers: { 'idempotency-key': 'canary' } });
    await gateway.admin('/apps', { method: 'POST', body: { ...body, secret: [canaries.secret], unknown: canaries.secret } });
    await gateway.admin(`/apps/${appid}?verify=false`, { method: 'PATCH', body: { secret: canaries.secret } });
    await gateway.ask(`/v1/key?access_token=${canaries.secret}&secret=${canaries.secret}`, { key });
    await gateway.ask(`/v1/nothing/${canaries.secret}?code=${canaries.secret}`, { key });
    await gateway.ask('/v1/key', { key: `${key}x` });
    await gateway.admin('/apps', { key: `${adminToken}x` });

    await expectNowhere(gateway, [...Object.values(canaries), key, key.slice(15, 47), adminToken]);
  });

  it('nor does what WeChat issues, whatever becomes of the calls', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({
      env: { ...wechat.env, LOG_LEVEL: 'trace' },
      withoutJobs: ['token-renewal'],
    });
    const { secret } = await wechat.app();
    const proxyPassword = 'canary-of-the-proxy';
    const prefixes = { jsapi_url_prefixes: ['https://shop.example.com/'] };
    await wechat.registerIn(gateway, { ...prefixes, token_mode: 'classic' });
    const { key } = await gateway.makeKey({ scopes: ['token:read', 'jssdk', 'users:read'] });
    const ofApp = `/v1/apps/${demoApp}`;
    const read = (): Promise<Answer> => gateway.ask(`${ofApp}/access-token`, { key });
    const expire = (): Promise<unknown> =>
      gateway.database.query("UPDATE credential SET expires_at = now() - interval '1 second', renew_at = now()");

    const first = String((await read()).body.access_token);
    await gateway.ask(`${ofApp}/jsapi-signature?url=https://shop.example.com/`, { key });
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'classic' });
    const report = { method: 'POST', key, body: { access_token: first } };
    const second = String((await gateway.ask(`${ofApp}/access-token/rejections`, report)).body.access_token);
    await wechat.fault({ path: '/cgi-bin/user/info', kind: 'errcode', errcode: 48001, count: 1 });
    await gateway.ask(`${ofApp}/users/o-somebody`, { key });
    await wechat.fault({ path: '/cgi-bin/user/info', kind: 'reset_after', count: 1 });
    await gateway.ask(`${ofApp}/users/o-somebody`, { key });
    await wechat.registerIn(gateway, {
      ...prefixes,
      token_mode: 'classic',
      forward_proxy: `http://us:${proxyPassword}@127.0.0.1:9`,
    });
    await expire();
    const twin = await gateway.twin();
    const unreachable = await twin.ask(`${ofApp}/access-token`, { key });

    const journal = await wechat.control<{ path?: string; response_body?: string }[]>('GET', '/journal');
    const ticket = /"ticket":"([^"]+)"/.exec(JSON.stringify(journal).replaceAll('\\"', '"'))?.[1] ?? '';
    expect([first, second, ticket].map((one) => one.length > 50)).toEqual([true, true, true]);
    expect(first).not.toBe(second);
    expect(unreachable.body.code).toBe('wechat_unreachable');
    gateway.logged.push(...twin.logged);
    await expectNowhere(gateway, [secret, proxyPassword, first, second, ticket, key]);
  });

  it('nor do the codes, keys and numbers of people in mini programs', async () => {
    const house = await TalkingHouse.build({ scopes: ['mini_program'], env: { LOG_LEVEL: 'trace' } });
    const front = (action: string, more = {}) =>
      house.act<Record<string, string>>('lilei', action, { appid: demoProgram, ...more });
    const program = `${demoProgram}/mini-program`;
    const { code: loginCode = '' } = await front('mini-login');
    const { code: phoneCode = '' } = await front('phone-code');

    const key = { headers: { 'idempotency-key': 'once' } };
    const session = await house.ask(`${program}/sessions`, { body: { js_code: loginCode }, ...key });
    await house.ask(`${program}/sessions`, { body: { js_code: loginCode } });
    const { encryptedData, iv } = await front('mini-data', { kind: 'phone' });
    const decrypt = `${program}/sessions/${String(session.body.session_id)}/decrypt`;
    const opened = await house.ask(decrypt, { body: { encrypted_data: encryptedData, iv } });
    const number = await house.ask(`${program}/phone-number`, { body: { code: phoneCode }, ...key });
    await house.ask(`${program}/phone-number`, { body: { code: phoneCode } });

    const journal = await house.wechat.control('GET', '/journal');
    const sessionKey = /"session_key":"([^"]+)"/.exec(JSON.stringify(journal).replaceAll(/\\+"/g, '"'))?.[1] ?? '';
    const phoneNumber = String(number.body.phone_number);
    expect(sessionKey.replaceAll('\\', '')).toMatch(/^[\w+/]{22}==$/);
    expect(opened.body.data).toMatchObject({ phoneNumber });
    await expectNowhere(house.gateway, [loginCode, phoneCode, sessionKey.replaceAll('\\', ''), phoneNumber, house.key]);
  });
});

/** In no line that was logged, and in no column of any table. */
async function expectNowhere(gateway: TestGateway, canaries: string[]): Promise<void> {
  const rows = await gateway.database.query<{ dump: string }>(
    `SELECT string_agg(query_to_xml(format('SELECT * FROM %I', tablename), true, false, '')::text, '') AS dump
       FROM pg_tables WHERE schemaname = 'public'`,
  );
  const places = { log: gateway.logged.join(''), dump: rows[0]?.dump ?? '' };
  expect(places.dump).toContain(demoApp);
  expect(gateway.logged.length).toBeGreaterThan(8);
  for (const [place, text] of Object.entries(places))
    for (const canary of canaries)
      expect({ place, canary, found: text.includes(canary) }).toEqual({ place, canary, found: false });
}

interface SwaggerOptions {
  readonly persistAuthorization: boolean;
  readonly onComplete?: () => void;
}

/** Runs the script of /docs in a browser that has been here before: what it does with what somebody signs in with. */
function shownBy(script: string): { persists: boolean; kept: string[] } {
  const stored = new Map([
    ['authorized', 'a token'],
    ['theme', 'dark'],
  ]);
  let options: SwaggerOptions | undefined;
  const bundle = (given: SwaggerOptions) => void (options = given);
  const window: { onload?: () => void; location: { search: string; origin: string } } = { location: { search: '', origin: '' } };
  const plugins = { plugins: {}, presets: {} };
  const localStorage = { removeItem: (name: string) => stored.delete(name) };
  runInNewContext(script, {
    window,
    localStorage,
    SwaggerUIBundle: Object.assign(bundle, plugins),
    SwaggerUIStandalonePreset: {},
  });
  window.onload?.();
  options?.onComplete?.();
  return { persists: options?.persistAuthorization ?? true, kept: [...stored.keys()] };
}
