import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type Answer, TestGateway, adminToken } from './support/gateway.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { TestWechat, demoAccount } from './support/wechat.js';

/** Bytes on a socket, and what came back: for what fetch would not send. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (answer += part));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe('An error', () => {
  it('is a problem document with the request id of the header', async () => {
    const gateway = await TestGateway.start();

    const { status, headers, body } = await gateway.ask('/v1/nothing-here', { headers: { 'x-request-id': 'abc-123' } });

    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('x-request-id')).toBe('abc-123');
    expect(body).toEqual({
      type: 'http://127.0.0.1:36012/docs/problems#route_not_found',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      code: 'route_not_found',
      request_id: 'abc-123',
    });
  });

  it('has an id of ours where the caller’s is not sane', async () => {
    const gateway = await TestGateway.start();

    const { headers, body } = await gateway.ask('/v1/key', { headers: { 'x-request-id': 'no spaces please' } });

    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.request_id).toBe(headers.get('x-request-id'));
  });

  it.each([
    ['a body that is no JSON', { body: '{"name":' }, 400, 'body_malformed'],
    ['an empty body', { body: '' }, 400, 'body_malformed'],
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
    const gateway = await TestGateway.start();

    const answer = await gateway.admin('/api-keys', { method: 'POST', ...question });

    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it.each([
    ['an address that cannot be decoded', 'GET /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['what is no HTTP', 'HELO gateway\r\n\r\n', 400],
    ['endless headers', `GET /v1/key HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ])('is a problem document for %s too', async (_, bytes, status) => {
    const gateway = await TestGateway.start();

    const answer = await raw(gateway.url, bytes);

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ status, code: 'body_malformed' });
  });

  it('has no body where a HEAD cannot be read', async () => {
    const gateway = await TestGateway.start();

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

    const { headers } = await gateway.ask('/v1/key');

    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('asks for HTTPS where the public address has it', async () => {
    const gateway = await TestGateway.start({ env: { PUBLIC_URL: 'https://wx.example.com' } });

    expect((await gateway.ask('/health/live')).headers.get('strict-transport-security')).toContain('max-age');
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

describe('The documentation', () => {
  it('is served without a key and without any other host', async () => {
    const gateway = await TestGateway.start();

    const page = await gateway.ask('/docs');
    const problems = await gateway.ask('/docs/problems');

    expect([page.status, problems.status]).toEqual([200, 200]);
    for (const { text } of [page, problems]) expect(text).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1] ?? '';
    expect((await gateway.ask(new URL(script, 'http://x/docs').pathname)).status).toBe(200);
  });

  it('lists every problem that a route declares', async () => {
    const gateway = await TestGateway.start();
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
    const ofApp = `/v1/apps/${demoAccount}`;
    const read = (): Promise<Answer> => gateway.ask(`${ofApp}/access-token`, { key });
    const expire = (): Promise<unknown> =>
      gateway.database.query("UPDATE credential SET expires_at = now() - interval '1 second', renew_at = now()");

    const first = String((await read()).body.access_token);
    await gateway.ask(`${ofApp}/jsapi-signature?url=https://shop.example.com/`, { key });
    await wechat.control('POST', `/apps/${demoAccount}/kill-tokens`, { line: 'classic' });
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
  expect(places.dump).toContain(demoAccount);
  expect(gateway.logged.length).toBeGreaterThan(8);
  for (const [place, text] of Object.entries(places))
    for (const canary of canaries)
      expect({ place, canary, found: text.includes(canary) }).toEqual({ place, canary, found: false });
}
