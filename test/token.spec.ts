import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Credentials } from '#token';
import { afterThisTest, shared } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { type Answer, TestGateway } from './support/gateway.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';
import { WechatFront } from './support/wechat-front.js';

const stable = '/cgi-bin/stable_token';
const classic = '/cgi-bin/token';
const path = `/v1/apps/${demoApp}/access-token`;

interface House {
  readonly wechat: TestWechat;
  readonly gateway: TestGateway;
  readonly key: string;
  readonly read: (from?: TestGateway) => Promise<Answer>;
  readonly reject: (token: string, at?: TestGateway) => Promise<Answer>;
}

/** Due renewals are done when the test says so, here and on every twin: the job's own clock would race with it. */
async function house(change: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<House> {
  const wechat = await TestWechat.start();
  const gateway = await TestGateway.start({ env: { ...wechat.env, ...env }, withoutJobs: ['token-renewal'] });
  await wechat.registerIn(gateway, change);
  const { key } = await gateway.makeKey({ scopes: ['token:read', 'jssdk'] });
  return {
    wechat,
    gateway,
    key,
    read: (from = gateway) => from.ask(path, { key }),
    reject: (token, at = gateway) => at.ask(`${path}/rejections`, { method: 'POST', key, body: { access_token: token } }),
  };
}

const tokenOf = (answer: Answer): string => {
  if (answer.status !== 200) throw new Error(answer.text);
  return String(answer.body.access_token);
};
/** A promise that the test keeps when it likes. */
const gate = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((open) => (resolve = open));
  return { promise, resolve };
};
const renewDue = (gateway: TestGateway): Promise<void> => gateway.gateway.app.get(Credentials).renewDue();
const makeDue = (gateway: TestGateway): Promise<unknown> => gateway.database.query('UPDATE credential SET renew_at = now()');
const makeExpired = (gateway: TestGateway): Promise<unknown> =>
  gateway.database.query("UPDATE credential SET expires_at = now() - interval '1 second', renew_at = now()");
const credentialsOf = async (gateway: TestGateway): Promise<Record<string, unknown>[]> =>
  (await gateway.admin(`/apps/${demoApp}/credentials`)).body.credentials as Record<string, unknown>[];

describe('A change of the token mode', () => {
  it.each([
    ['classic', 'stable'],
    ['stable', 'classic'],
  ])('from %s to %s is followed at once, and accuses nobody', async (before, after) => {
    const { wechat, gateway, read, reject } = await house({ token_mode: before });
    const former = tokenOf(await read());

    await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { token_mode: after } });
    await renewDue(gateway);

    const current = tokenOf(await read());
    expect(current).not.toBe(former);
    expect(await wechat.takes(former)).toBe(true);
    expect(tokenOf(await reject(former))).toBe(current);
    expect(await credentialsOf(gateway)).toMatchObject([{ early_deaths: 0 }]);
  });
});

describe.each([
  ['stable', stable],
  ['classic', classic],
])('An access token in %s mode', (token_mode, fetched) => {
  it('is fetched once and then answered from memory, on every replica', async () => {
    const { wechat, gateway, read } = await house({ token_mode });
    const twin = await gateway.twin();

    const answers = await Promise.all(Array.from({ length: 20 }, (_, turn) => read(turn % 2 ? gateway : twin)));

    expect(new Set(answers.map(tokenOf)).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({
      appid: demoApp,
      expires_in: expect.any(Number),
      expires_at: expect.stringMatching(/Z$/),
    });
    expect(Number(answers[0]?.body.expires_in)).toBeGreaterThan(7_000);
    expect(await wechat.takes(tokenOf(await read()))).toBe(true);
    expect(await wechat.calls(fetched)).toBe(1);
  });

  it('is renewed by exactly one of two replicas that tick together', async () => {
    const { wechat, gateway, read } = await house({ token_mode });
    const twin = await gateway.twin();
    const first = tokenOf(await read());
    await wechat.passes(7_000);
    await makeDue(gateway);

    await Promise.all([renewDue(gateway), renewDue(twin), renewDue(gateway), renewDue(twin)]);
    await Promise.all([gateway.hearChanges(), twin.hearChanges()]);

    const [mine, theirs] = [tokenOf(await read(gateway)), tokenOf(await read(twin))];
    expect(mine).not.toBe(first);
    expect(theirs).toBe(mine);
    expect(await wechat.calls(fetched)).toBe(2);
  });

  it('reported dead is renewed once, whoever and however many report it', async () => {
    const { wechat, gateway, reject, read } = await house({ token_mode });
    const twin = await gateway.twin();
    const dead = tokenOf(await read());
    await read(twin);
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: token_mode });

    const answers = await Promise.all(Array.from({ length: 40 }, (_, turn) => reject(dead, turn % 2 ? gateway : twin)));

    const tokens = new Set(answers.map(tokenOf));
    expect(tokens.size).toBe(1);
    expect(tokens.has(dead)).toBe(false);
    expect(tokenOf(await read(gateway))).toBe([...tokens][0]);
    expect(tokenOf(await read(twin))).toBe([...tokens][0]);
    expect(await wechat.calls(fetched)).toBe(2);
  });

  it('reported late is answered with the current one, without asking WeChat', async () => {
    const { wechat, reject, read } = await house({ token_mode });
    const first = tokenOf(await read());
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: token_mode });
    const second = tokenOf(await reject(first));
    const before = await wechat.control<unknown>('GET', '/counters');

    for (const late of [first, 'never-issued-by-anybody']) expect(tokenOf(await reject(late))).toBe(second);

    expect(await wechat.control('GET', '/counters')).toEqual(before);
  });

  it('reported dead although it lives is said to be still valid, and kept', async () => {
    const { wechat, reject, read } = await house({ token_mode });
    const token = tokenOf(await read());

    const answers = await Promise.all(Array.from({ length: 5 }, () => reject(token)));

    for (const answer of answers) expect(answer.body).toMatchObject({ access_token: token, still_valid: true });
    expect(await wechat.calls('/cgi-bin/get_api_domain_ip')).toBe(1);
    expect(await wechat.takes(token)).toBe(true);
  });

  it('that died before its time is counted, dated and shown', async () => {
    const { wechat, gateway, reject, read } = await house({ token_mode });
    const dead = tokenOf(await read());
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: token_mode });

    await reject(dead);

    expect(await credentialsOf(gateway)).toMatchObject([
      {
        kind: 'access_token',
        alive: true,
        early_deaths: 1,
        last_early_death_at: expect.any(String),
        failures: 0,
        last_error: null,
      },
    ]);
  });
});

describe('A report that WeChat does not answer', () => {
  it.each([
    ['classic', classic],
    ['stable', stable],
  ])('leaves a living %s token as it is', async (token_mode, fetched) => {
    const { wechat, gateway, read, reject } = await house({ token_mode });
    const token = tokenOf(await read());
    const before = await credentialsOf(gateway);
    const calls = await wechat.calls(fetched);
    await wechat.fault({ path: '/cgi-bin/get_api_domain_ip', kind: 'reset_before', count: 1 });

    const unanswered = await reject(token);

    expect([unanswered.status, unanswered.body.code]).toEqual([503, 'wechat_unreachable']);
    expect(await credentialsOf(gateway)).toEqual(before);
    expect((await reject(token)).body).toMatchObject({ access_token: token, still_valid: true });
    expect((await wechat.calls(fetched)) - calls).toBe(token_mode === 'stable' ? 2 : 0);
  });
});

describe('WeChat in trouble', () => {
  it.each([
    ['busy', { kind: 'errcode', errcode: -1 }, 503, 'wechat_busy'],
    ['over its quota', { kind: 'errcode', errcode: 45009 }, 429, 'wechat_quota_reached'],
    ['broken', { kind: 'status', status: 502 }, 503, 'wechat_unreachable'],
    ['speaking HTML', { kind: 'html' }, 502, 'wechat_garbled'],
    ['cut off', { kind: 'truncated' }, 502, 'wechat_garbled'],
    ['gone', { kind: 'reset_before' }, 503, 'wechat_unreachable'],
  ])('%s is told as such, and not asked again by the next caller', async (_, fault, status, code) => {
    const { wechat, read } = await house();
    await wechat.fault({ path: stable, count: 10, ...fault });

    const first = await read();
    const second = await read();

    expect([first.status, first.body.code]).toEqual([status, code]);
    expect(second.body.code).toBe(code);
    expect(await wechat.calls(stable)).toBeLessThanOrEqual(1);
  });

  it('may say what no column takes: it is told and kept without that', async () => {
    const { wechat, gateway, read } = await house();
    await wechat.fault({ path: stable, kind: 'errcode', errcode: 40164, errmsg: 'not\u0000 in\n whitelist \ud83d', count: 1 });

    const answers = [await read(), await read()];

    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([502, 'app_needs_attention']);
      expect(body.wechat).toMatchObject({ errmsg: expect.stringMatching(/^not in whitelist \ufffd/) });
    }
    expect(await credentialsOf(gateway)).toMatchObject([{ needs_attention: true }]);
  });

  it('may give a lifetime that nothing has: that is nonsense', async () => {
    const wechat = await TestWechat.start({ switches: { token_lifetime_seconds: Number.MAX_SAFE_INTEGER - 1_000_000_000_000 } });
    const gateway = await TestGateway.start({ env: wechat.env });
    await wechat.registerIn(gateway);
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });

    const { status, body } = await gateway.ask(path, { key });

    expect([status, body.code]).toEqual([502, 'wechat_garbled']);
  });

  it.each([
    ['longer than any of its answers', `{"access_token":"${'a'.repeat(1_100_000)}","expires_in":7200}`],
    ['of more parts than anybody should read', `{"access_token":"a","expires_in":7200,"b":[${'{},'.repeat(150_000)}1]}`],
    ['nested deeper than anybody should read', `{"access_token":"a","expires_in":7200,"b":${'['.repeat(65)}${']'.repeat(65)}}`],
  ])('may say something %s: that is nonsense', async (_, said) => {
    const server = createServer((__, answer) => void answer.end(said)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterThisTest(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo;
    const gateway = await TestGateway.start({ env: { WECHAT_API_URL: `http://127.0.0.1:${port}` } });
    const app = { appid: demoApp, kind: 'official_account', name: 'A', secret: '0'.repeat(32) };
    await gateway.admin('/apps', { method: 'POST', body: app });
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });

    const { status, body } = await gateway.ask(path, { key });

    expect([status, body.code]).toEqual([502, 'wechat_garbled']);
  });

  it('leaves the living token served to its end', async () => {
    const { wechat, gateway, read } = await house();
    const token = tokenOf(await read());
    await wechat.fault({ path: stable, count: 1, kind: 'status', status: 502 });
    await makeDue(gateway);

    await renewDue(gateway);

    expect(tokenOf(await read())).toBe(token);
    expect(await credentialsOf(gateway)).toMatchObject([
      { alive: true, failures: 1, needs_attention: false, last_error: { detail: expect.any(String) } },
    ]);
  });

  it('is forgotten as soon as it answers again', async () => {
    const { wechat, gateway, read } = await house();
    await wechat.fault({ path: stable, count: 1, kind: 'status', status: 502 });
    expect((await read()).status).toBe(503);

    await makeDue(gateway);
    await renewDue(gateway);

    expect((await read()).status).toBe(200);
    expect(await credentialsOf(gateway)).toMatchObject([{ failures: 0, last_error: null }]);
  });
});

describe('A verdict that only a person can cure', () => {
  it('stops the renewing, and names the address that WeChat saw', async () => {
    const { wechat, gateway, read } = await house();
    await wechat.control('PATCH', `/apps/${demoApp}`, { ip_allow_list: ['203.0.113.7'] });

    const answers = [await read(), await read()];
    await renewDue(gateway);

    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([502, 'app_needs_attention']);
      expect(body.wechat).toMatchObject({
        errcode: 40164,
        hint: expect.stringMatching(/^add (::ffff:)?127\.0\.0\.1 to the IP allow-list/),
      });
    }
    expect(await wechat.calls(stable)).toBe(1);
    expect(await credentialsOf(gateway)).toMatchObject([
      { needs_attention: true, last_error: { hint: expect.stringContaining('allow-list') } },
    ]);
  });

  it('is tried again when the operator asks, and all is well', async () => {
    const { wechat, gateway, read } = await house();
    await wechat.control('PATCH', `/apps/${demoApp}`, { ip_allow_list: ['203.0.113.7'] });
    await read();
    const refused = await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });
    const inChinese = { headers: { 'accept-language': 'zh-CN' } };
    const [, address] = (await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST', ...inChinese })).body.checks as object[];
    const { body: credentials } = await gateway.admin(`/apps/${demoApp}/credentials`, inChinese);
    await wechat.control('PATCH', `/apps/${demoApp}`, { ip_allow_list: [] });

    const checked = await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });

    const ofCredentials = ({ body }: Answer): unknown[] => (body.checks as unknown[]).slice(0, 2);
    expect(ofCredentials(refused)).toMatchObject([
      { check: 'credentials', status: 'unknown' },
      { check: 'ip_allow_list', status: 'problem', hint: expect.stringContaining('add') },
    ]);
    expect(address).toMatchObject({ detail: expect.stringContaining('微信返回 40164'), hint: expect.stringContaining('加入') });
    expect(credentials.credentials).toContainEqual(
      expect.objectContaining({ last_error: expect.objectContaining({ hint: expect.stringContaining('IP 白名单') }) }),
    );
    expect(ofCredentials(checked)).toMatchObject([
      { check: 'credentials', status: 'ok' },
      { check: 'ip_allow_list', status: 'ok' },
    ]);
    expect((await read()).status).toBe(200);
  });

  it('is tried again when the operator changes the app', async () => {
    const { wechat, gateway, read } = await house({ secret: 'f'.repeat(32) });
    const wrong = await read();
    expect(wrong.body).toMatchObject({
      code: 'app_needs_attention',
      wechat: { errcode: 40125, hint: expect.stringContaining('secret') },
    });
    await read();
    expect(await wechat.calls(stable)).toBe(1);

    const { secret } = await wechat.app();
    expect((await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { secret } })).status).toBe(200);
    await gateway.hearChanges();

    await until(
      () => read(),
      (answer) => answer.status === 200,
    );
  });
});

describe('A verdict on an app that was changed meanwhile', () => {
  const patch = (gateway: TestGateway, body: object): Promise<Answer> =>
    gateway.admin(`/apps/${demoApp}?verify=false`, { method: 'PATCH', body });
  const deaf = { withoutJobs: ['token-renewal', 'changes'] };
  const heals = (read: House['read']): Promise<Answer> =>
    until(
      () => read(),
      (answer) => answer.status === 200,
    );

  it('does not stop the renewing: a replica tried the former secret, since it had not heard of the new one', async () => {
    const { wechat, gateway, read } = await house({ secret: 'f'.repeat(32) });
    const { secret } = await wechat.app();
    const twin = await gateway.twin(deaf);
    expect((await read(twin)).body.code).toBe('app_needs_attention');

    await patch(gateway, { secret });
    await renewDue(twin);
    await twin.hearChanges();

    await heals(read);
  });

  it('does not stop the renewing: a replica had not heard that the app was enabled again', async () => {
    const { gateway, read } = await house();
    const twin = await gateway.twin(deaf);
    await read(twin);
    await patch(gateway, { enabled: false });
    await Promise.all([gateway.hearChanges(), twin.hearChanges()]);
    await makeExpired(gateway);
    await renewDue(twin);

    await patch(gateway, { enabled: true });
    await renewDue(twin);
    await twin.hearChanges();

    await heals(read);
  });

  it('does not stop the renewing: the secret was corrected while WeChat was being asked', async () => {
    const { wechat, gateway, read } = await house({ secret: 'f'.repeat(32) });
    const { secret } = await wechat.app();
    await wechat.fault({ path: stable, kind: 'slow', delay_ms: 600, count: 1 });

    const wrong = read();
    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE leased_until > now()'),
      (leased) => leased.length === 1,
    );
    await patch(gateway, { secret });

    expect((await wrong).body.code).toBe('app_needs_attention');
    await heals(read);
  });
});

describe('A changed secret', () => {
  it('is tried before it replaces the one that works', async () => {
    const { gateway, read } = await house();
    const before = (await gateway.admin(`/apps/${demoApp}`)).body.secret;
    const patch = (query = '') =>
      gateway.admin(`/apps/${demoApp}${query}`, { method: 'PATCH', body: { secret: 'f'.repeat(32) } });

    const refused = await patch();
    const kept = (await gateway.admin(`/apps/${demoApp}`)).body.secret;
    const forced = await patch('?verify=false');

    expect([refused.status, refused.body.code]).toEqual([422, 'secret_refused']);
    expect(refused.body.wechat).toMatchObject({ errcode: 40125 });
    expect(kept).toEqual(before);
    expect(forced.status).toBe(200);
    expect((await read()).body.code).toBe('app_needs_attention');
  });

  it('is tried on the way out that comes with it', async () => {
    const { wechat, gateway } = await house({ forward_proxy: 'http://127.0.0.1:9' });
    await wechat.control('PATCH', `/apps/${demoApp}`, { secret: '1'.repeat(32) });
    const patch = (body: object): Promise<Answer> => gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body });

    const alone = await patch({ secret: '1'.repeat(32) });
    const together = await patch({ secret: '1'.repeat(32), forward_proxy: null });

    expect([alone.status, alone.body.code]).toEqual([503, 'secret_untried']);
    expect(together.status).toBe(200);
  });

  it.each([
    ['of a frozen account', { account_is_frozen: true }, 200, false],
    ['from an address that is not listed', { ip_allow_list: ['203.0.113.7'] }, 200, false],
    ['that is frozen itself', { secret_is_frozen: true }, 422, undefined],
    ['that WeChat takes', {}, 200, true],
  ])('%s is judged by itself alone, and said to be verified only if it was', async (_, trouble, status, verified) => {
    const { wechat, gateway } = await house({ secret: 'f'.repeat(32) });
    await wechat.control('PATCH', `/apps/${demoApp}`, trouble);
    const { secret } = await wechat.app();

    const answer = await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { secret } });

    expect([answer.status, answer.body.verified]).toEqual([status, verified]);
    expect(answer.body.unverified_because).toEqual(verified === false ? expect.stringMatching(/^WeChat said \d+: /) : undefined);
  });

  it('is said not to be verified where WeChat was not asked, and nothing where no secret is new', async () => {
    const { gateway } = await house();
    const order = { kind: 'official_account', name: 'Shop' };
    const admin = (method: string, path: string, body: object) => gateway.admin(`/apps${path}`, { method, body });
    const other = 'wx00000000000000bb';
    const [first, second] = ['1'.repeat(32), '2'.repeat(32)];

    const registered = [
      await admin('POST', '', { ...order, appid: other, secret: first }),
      await admin('PUT', '/wx00000000000000cc', { ...order, kind: 'website', secret: first }),
    ];
    const answers = [
      await admin('PUT', `/${other}`, { ...order, secret: second }),
      await admin('PATCH', `/${other}?verify=false`, { secret: first }),
      await admin('PATCH', '/wx00000000000000cc', { secret: second }),
      ...registered,
      await admin('PUT', `/${other}`, { ...order, secret: first }),
      await admin('PATCH', `/${other}`, { secret: first }),
      await admin('PATCH', `/${other}`, { name: 'Kiosk' }),
      await gateway.admin(`/apps/${other}`),
    ];

    expect(answers.map(({ status, body }) => [status, body.verified])).toEqual([
      ...[200, 200, 200].map((status) => [status, false]),
      ...[201, 201, 200, 200, 200, 200].map((status) => [status, undefined]),
    ]);
    expect(answers.slice(0, 3).map(({ body }) => typeof body.unverified_because)).toEqual(Array(3).fill('string'));
  });
});

describe('The database away', () => {
  it('stops no reading of a living token, and causes no call to WeChat', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ database, env: { ...wechat.env, DATABASE_URL: proxy.url } });
    await wechat.registerIn(gateway);
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    const token = tokenOf(await gateway.ask(path, { key }));

    proxy.cut();
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.ask(path, { key })));
    const report = await gateway.ask(`${path}/rejections`, { method: 'POST', key, body: { access_token: token } });
    proxy.mend();

    expect(answers.map(tokenOf)).toEqual(Array<string>(20).fill(token));
    expect([report.status, report.body.code]).toEqual([503, 'storage_unavailable']);
    expect(await wechat.calls(stable)).toBe(1);
    await until(
      () => gateway.ask('/health/ready'),
      (answer) => answer.body.status === 'ok',
    );
    expect(tokenOf(await gateway.ask(path, { key }))).toBe(token);
  });
});

describe('A renewal that was overtaken', () => {
  it('does not write an older token over a newer one', async () => {
    const wechat = await TestWechat.start();
    const front = await WechatFront.to(wechat.url);
    const gateway = await TestGateway.start({
      env: { ...wechat.env, WECHAT_API_URL: front.url },
      withoutJobs: ['token-renewal'],
    });
    const twin = await gateway.twin({ env: wechat.env });
    await wechat.registerIn(gateway, { token_mode: 'classic' });
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    tokenOf(await gateway.ask(path, { key }));
    await makeDue(gateway);
    // WeChat has given a token, and its answer is on the way until the other replica is done.
    const answered = gate();
    const overtaken = gate();
    front.onAnswer = async () => {
      answered.resolve();
      await overtaken.promise;
    };

    const slow = renewDue(gateway);
    await answered.promise;
    await gateway.database.query('UPDATE credential SET leased_until = now()');
    await renewDue(twin);
    const [{ fence } = { fence: '' }] = await gateway.database.query<{ fence: string }>('SELECT fence FROM credential');
    overtaken.resolve();
    await slow;

    await twin.hearChanges();
    expect(await wechat.takes(tokenOf(await twin.ask(path, { key })))).toBe(true);
    expect((await gateway.database.query<{ fence: string }>('SELECT fence FROM credential'))[0]?.fence).toBe(fence);
    expect((await gateway.ask('/metrics')).text).toContain('result="overtaken"} 1');
  });
});

describe('A dead token that WeChat goes on giving', () => {
  it('is not handed out again: another one is forced, as soon as WeChat lets itself be forced', async () => {
    const { wechat, gateway, read, reject } = await house();
    const { secret } = await wechat.app();
    // Somebody forces one: for half a minute WeChat gives that one to whoever forces.
    await fetch(wechat.url + stable, {
      method: 'POST',
      body: JSON.stringify({ grant_type: 'client_credential', appid: demoApp, secret, force_refresh: true }),
    });
    const dead = tokenOf(await read());
    await wechat.fault({ path: '/cgi-bin/get_api_domain_ip', kind: 'errcode', errcode: 40001, count: 1 });

    const reported = await reject(dead);
    const calls = await wechat.calls(stable);
    await makeDue(gateway);
    await renewDue(gateway);
    const early = await read();
    await wechat.passes(31);
    await gateway.database.query("UPDATE credential SET forced_at = forced_at - interval '31 seconds'");
    await makeDue(gateway);
    await renewDue(gateway);

    expect([reported.status, reported.body.code]).toEqual([503, 'token_pending']);
    expect(Number(reported.headers.get('retry-after'))).toBe(30);
    expect([early.status, early.body.code]).toEqual([503, 'token_pending']);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(await wechat.calls(stable)).toBe(calls + 3);
    const next = tokenOf(await read());
    expect(next).not.toBe(dead);
    expect(await wechat.takes(next)).toBe(true);
  });
});

describe('A stop', () => {
  const lease = (gateway: TestGateway): Promise<{ leased_until: Date | null; sealed_value: string }[]> =>
    gateway.database.query('SELECT leased_until, sealed_value FROM credential');

  it('waits for the renewal under way, and keeps what WeChat gave', async () => {
    const { wechat, gateway, read } = await house({ token_mode: 'classic' });
    await read();
    const [before] = await lease(gateway);
    await wechat.fault({ path: classic, kind: 'slow', delay_ms: 700, count: 1 });
    await makeDue(gateway);
    const renewal = renewDue(gateway);
    // The fault is taken by the call when it arrives.
    await until(
      () => wechat.control<{ calls: unknown[] }>('GET', '/faults'),
      ({ calls }) => calls.length === 0,
    );

    await gateway.stop();
    await renewal;

    const [after] = await lease(gateway);
    expect(after?.leased_until).toBeNull();
    expect(after?.sealed_value).not.toBe(before?.sealed_value);
  });

  it('gives back what was claimed and has not begun', async () => {
    const { wechat, gateway, read } = await house();
    await read();
    await makeDue(gateway);
    await gateway.database.query("UPDATE upstream_pace SET next_turn = now() + interval '0.95 seconds'");
    const renewal = renewDue(gateway);
    await until(
      () => lease(gateway),
      ([row]) => row?.leased_until !== null,
    );

    await gateway.stop();
    await renewal;

    expect((await lease(gateway))[0]?.leased_until).toBeNull();
    expect(await wechat.calls(stable)).toBe(1);
  });
});

describe('The end of a token', () => {
  it('is never passed: an expired one is not served, and a new one is fetched', async () => {
    const { wechat, gateway, read } = await house();
    const first = tokenOf(await read());
    await wechat.passes(8_000);
    await makeExpired(gateway);
    await gateway.hearChanges();

    await until(
      () => read(),
      (answer) => tokenOf(answer) !== first,
    );

    expect(await wechat.takes(tokenOf(await read()))).toBe(true);
  });
});

describe('Waiting for a token', () => {
  it('goes through the clock where too many are before it, and takes no turn from it', async () => {
    const { wechat, gateway, read } = await house();
    const pace = (): Promise<{ host: string }[]> => gateway.database.query('SELECT host, next_turn FROM upstream_pace');
    await gateway.database.query("INSERT INTO upstream_pace VALUES ($1, now() + interval '1 minute')", [
      new URL(wechat.url).host,
    ]);
    const before = await pace();

    const answer = read();
    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE fence > 0 AND leased_until IS NULL AND renew_at <= now()'),
      (due) => due.length === 1,
    );

    expect(await pace()).toEqual(before);
    expect(await wechat.calls(stable)).toBe(0);
    await gateway.database.query('UPDATE upstream_pace SET next_turn = now()');
    await renewDue(gateway);
    expect((await answer).status).toBe(200);
    expect(await wechat.calls(stable)).toBe(1);
  });

  it('is not cut short by a clock that jumps', async () => {
    const { wechat, gateway, read } = await house();
    await wechat.fault({ path: stable, kind: 'slow', delay_ms: 500, count: 1 });

    const answer = read();
    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE leased_until > now()'),
      (leased) => leased.length === 1,
    );
    gateway.passes(3_600);

    expect((await answer).status).toBe(200);
  });
});

describe('An app with a way out of its own', () => {
  it('reaches WeChat through its forward proxy, and says when that is away', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.headers['proxy-authorization'] ?? ''} ${new URL(request.url ?? '').pathname}`);
      const onward = forward(request.url ?? '', { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const { gateway, read } = await house({ forward_proxy: `http://us:pass-word@127.0.0.1:${port}` });

    const first = await read();
    await new Promise((resolve) => {
      proxy.close(resolve);
      proxy.closeAllConnections();
    });
    await makeExpired(gateway);
    const twin = await gateway.twin();
    const second = await read(twin);

    expect(first.status).toBe(200);
    expect(asked).toEqual([`Basic ${Buffer.from('us:pass-word').toString('base64')} ${stable}`]);
    expect([second.status, second.body.code]).toEqual([503, 'wechat_unreachable']);
    expect(JSON.stringify((await gateway.admin(`/apps/${demoApp}`)).body)).not.toContain('pass-word');
    expect([...gateway.logged, ...twin.logged].join('')).not.toContain('pass-word');
  });
});

describe('Disabling an app', () => {
  it('ends the handing out of its token, and enabling it begins it again', async () => {
    const { gateway, read } = await house();
    const twin = await gateway.twin();
    const token = tokenOf(await read());
    await read(twin);

    await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { enabled: false } });
    await Promise.all([gateway.hearChanges(), twin.hearChanges()]);

    for (const replica of [gateway, twin])
      await until(
        () => read(replica),
        (answer) => answer.body.code === 'app_disabled',
      );
    await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { enabled: true } });
    expect(tokenOf(await read())).toBe(token);
  });
});

describe('A disabled app', () => {
  const disable = (gateway: TestGateway): Promise<Answer> =>
    gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { enabled: false } });
  const isDisabled = ({ body }: Answer): boolean => body.code === 'app_disabled';

  it('is given no token by a replica that started later, also not in answer to a report', async () => {
    const { gateway, read, reject } = await house();
    const token = tokenOf(await read());
    await disable(gateway);
    const twin = await gateway.twin();

    const answers = [await reject(token, twin), await reject('an-older-one', twin), await read(twin), await reject(token)];

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(4).fill([409, 'app_disabled']));
  });

  it('is given no token by a replica that missed the change', async () => {
    const { gateway, read } = await house();
    const twin = await gateway.twin({ withoutJobs: ['changes'] });
    await read(twin);
    await disable(gateway);
    await gateway.database.query('DELETE FROM change');
    twin.passes(301);

    await twin.hearChanges();

    await until(() => read(twin), isDisabled);
  });

  it('is given no token by a replica that heard of the change and could not look', async () => {
    const { gateway, read } = await house();
    const twin = await gateway.twin({ withoutJobs: ['changes'] });
    const token = tokenOf(await read(twin));
    await disable(gateway);
    await gateway.database.query('ALTER TABLE app RENAME TO app_away');
    await twin.hearChanges();
    expect(tokenOf(await read(twin))).toBe(token);

    await gateway.database.query('ALTER TABLE app_away RENAME TO app');

    await until(async () => {
      await twin.hearChanges();
      return read(twin);
    }, isDisabled);
  });
});

describe('An app that is deleted', () => {
  it.each(['the replica that fetches its token', 'another replica'])(
    'is not found by those who waited at %s, and leaves no key behind',
    async (where) => {
      const { wechat, gateway, read } = await house();
      const twin = await gateway.twin();
      await wechat.fault({ path: stable, kind: 'slow', delay_ms: 800, count: 1 });
      const first = read();
      await until(
        () => gateway.database.query('SELECT 1 FROM credential WHERE leased_until > now()'),
        (leased) => leased.length === 1,
      );
      const late = read(where === 'another replica' ? twin : gateway);

      await gateway.admin(`/apps/${demoApp}?confirm=${demoApp}`, { method: 'DELETE' });

      for (const { status, body } of await Promise.all([first, late]))
        expect([status, body.code]).toEqual([404, 'app_not_found']);
      expect(await gateway.database.query('SELECT 1 FROM data_key WHERE owner = $1', [demoApp])).toEqual([]);
      expect(await wechat.calls(stable)).toBe(1);
    },
  );
});

describe('Who has no token', () => {
  const ours = shared(() => house());

  it.each([
    ['a website', 'wx0000000000000001', { kind: 'website' }, 400, 'no_such_credential'],
    ['a disabled app', 'wx0000000000000002', { kind: 'official_account', enabled: false }, 409, 'app_disabled'],
  ])('%s is told so', async (_, appid, terms, status, code) => {
    const { gateway, key } = ours();
    await gateway.admin(`/apps/${appid}`, { method: 'PUT', body: { name: 'x', secret: '0'.repeat(32), ...terms } });

    const answer = await gateway.ask(`/v1/apps/${appid}/access-token`, { key });

    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('an app that nobody registered is told so', async () => {
    const { gateway, key } = ours();

    expect((await gateway.ask('/v1/apps/wx00000000000000ff/access-token', { key })).body.code).toBe('app_not_found');
  });
});

describe('Reading tokens', () => {
  it('is audited in sums', async () => {
    const { gateway, read } = await house();
    for (let turn = 0; turn < 7; turn++) await read();

    await gateway.stop();

    const rows = await gateway.database.query<{ reads: string }>('SELECT appid, address, reads FROM token_read');
    expect(rows.reduce((sum, row) => sum + Number(row.reads), 0)).toBe(7);
    expect(rows[0]).toMatchObject({ appid: demoApp, address: '127.0.0.1' });
  });

  it('is measured', async () => {
    const { gateway, read } = await house();
    await read();

    const { text } = await gateway.ask('/metrics');

    expect(text).toMatch(new RegExp(`wx_token_expires_in_seconds\\{appid="${demoApp}",kind="access_token"\\} 7\\d{3}`));
    expect(text).toContain(`wx_token_renewals_total{appid="${demoApp}",kind="access_token",result="ok"} 1`);
    expect(text).toContain(`wx_upstream_requests_total{appid="${demoApp}",api="/cgi-bin/stable_token",result="ok"} 1`);
    expect(text).toContain('wx_token_waiters 0');
  });
});

describe('A page for the JS-SDK', () => {
  const cart = shared(() => house({ jsapi_url_prefixes: ['https://shop.example.com/cart'] }));
  const sign = (gateway: TestGateway, key: string, url: string): Promise<Answer> =>
    gateway.ask(`/v1/apps/${demoApp}/jsapi-signature?url=${encodeURIComponent(url)}`, { key });

  it('is signed with a ticket that is fetched once', async () => {
    const { wechat, gateway, key } = await house({ jsapi_url_prefixes: ['https://shop.example.com/'] });

    const answers = await Promise.all([
      sign(gateway, key, 'https://shop.example.com/cart?id=1#top'),
      sign(gateway, key, 'https://shop.example.com/'),
    ]);

    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toEqual({
        appid: demoApp,
        timestamp: expect.any(Number),
        nonce_str: expect.stringMatching(/^\w{16}$/),
        signature: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
    }
    expect(await wechat.calls('/cgi-bin/ticket/getticket')).toBe(1);
  });

  it.each([
    ['another host', 'https://evil.example.org/'],
    ['a host that begins alike', 'https://shop.example.com.evil.org/'],
    ['another scheme', 'http://shop.example.com/'],
    ['another port', 'https://shop.example.com:8443/'],
    ['a name before the host', 'https://shop.example.com@evil.org/'],
    ['another path', 'https://shop.example.com/private'],
  ])('is not signed for %s', async (_, url) => {
    const { wechat, gateway, key } = cart();

    const { status, body } = await sign(gateway, key, url);

    expect([status, body.code]).toEqual([403, 'url_not_allowed']);
    expect(await wechat.calls('/cgi-bin/ticket/getticket')).toBe(0);
  });

  it('says why it is not signed, and says the same to the next', async () => {
    const { wechat, gateway, key, read } = await house({ jsapi_url_prefixes: ['https://shop.example.com/'] });
    await read();
    // A token war: the token is refused, and so is the one that replaced it.
    await wechat.fault({ path: '/cgi-bin/ticket/getticket', kind: 'errcode', errcode: 40001, count: 2 });
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });

    const first = await sign(gateway, key, 'https://shop.example.com/');
    await gateway.database.query("UPDATE credential SET renew_at = now() + interval '1 minute' WHERE failures > 0");
    const second = await sign(await gateway.twin(), key, 'https://shop.example.com/');

    for (const { status, body } of [first, second]) {
      expect([status, body.code]).toEqual([503, 'token_refused']);
      expect(body.wechat).toMatchObject({ errcode: 40001, hint: expect.stringContaining('another program') });
    }
  });

  it('is signed after the token behind it died', async () => {
    const { wechat, gateway, key, read } = await house({ jsapi_url_prefixes: ['https://shop.example.com/'] });
    await read();
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });

    expect((await sign(gateway, key, 'https://shop.example.com/')).status).toBe(200);
  });
});
