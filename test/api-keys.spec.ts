import { Controller, Get, Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { NeedsScope } from '#access';
import { shared } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { TestGateway } from './support/gateway.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { until } from './support/until.js';

const appid = 'wx3cc8fd6963e31a32';
const other = 'wx0000000000000001';
/** Well-formed, its checksum right. */
const neverMade = `wxg_0000000000_${'0'.repeat(32)}1O0mqv`;

@Controller('v1')
class TrialController {
  @Get('apps/:appid/trial')
  @NeedsScope('token:read')
  ofApp(): { reached: true } {
    return { reached: true };
  }

  @Get('trial')
  @NeedsScope('webhooks')
  ofNoApp(): { reached: true } {
    return { reached: true };
  }

  @Get('undeclared')
  undeclared(): { reached: true } {
    return { reached: true };
  }
}

@Module({ controllers: [TrialController] })
class TrialModule {}

const started = () => TestGateway.start({ besides: [TrialModule] });

describe('The scope guard', () => {
  const ours = shared(started);

  it('admits a key that holds the scope and the app', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ scopes: ['token:read'], appids: [appid] });

    expect((await gateway.ask(`/v1/apps/${appid}/trial`, { key })).status).toBe(200);
  });

  it('names the scope that is missing', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ scopes: ['users:read', 'qr'] });

    const { status, body } = await gateway.ask(`/v1/apps/${appid}/trial`, { key });

    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'insufficient_scope', required_scope: 'token:read' });
  });

  it('keeps a key to its own apps', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ scopes: ['token:read'], appids: [other] });

    const { status, body } = await gateway.ask(`/v1/apps/${appid}/trial`, { key });

    expect([status, body.code]).toEqual([403, 'app_not_allowed']);
  });

  it.each([
    ['no key', undefined, 'key_missing'],
    ['something else', 'not-a-key', 'key_invalid'],
    ['a key that was never made', neverMade, 'key_invalid'],
    ['the admin token', 'admin-token-of-the-tests-0123456789', 'key_invalid'],
  ])('refuses %s', async (_, key, code) => {
    const gateway = ours();

    const { status, headers, body } = await gateway.ask('/v1/trial', { key });

    expect([status, body.code]).toEqual([401, code]);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it('refuses a key where the admin token belongs', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });

    expect((await gateway.ask('/admin/v1/apps', { key })).status).toBe(401);
  });

  it('refuses everybody where a route forgot to declare its rule', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });

    expect((await gateway.ask('/v1/undeclared', { key })).status).toBe(500);
    expect((await gateway.ask('/v1/undeclared')).status).toBe(500);
  });
});

describe('An API key', () => {
  const ours = shared(() => TestGateway.start());

  it('is shown once and kept as a hash', async () => {
    const gateway = await TestGateway.start();

    const { body } = await gateway.admin('/api-keys', {
      method: 'POST',
      body: { name: 'shop', appids: [appid], scopes: ['oauth', 'qr'] },
    });

    expect(body).toMatchObject({ name: 'shop', appids: [appid], scopes: ['oauth', 'qr'], expires_at: null, rate_limit: null });
    expect(body.key).toMatch(new RegExp(`^wxg_${String(body.id)}_`));
    const listed = await gateway.admin('/api-keys');
    expect(listed.text).not.toContain(String(body.key).slice(15));
    const [row] = await gateway.database.query<{ text: string }>('SELECT to_jsonb(api_key)::text AS text FROM api_key');
    expect(row?.text).not.toContain(String(body.key).slice(15, 47));
  });

  it('tells about itself', async () => {
    const gateway = ours();
    const { key, id } = await gateway.makeKey({ name: 'shop', scopes: ['jssdk'] });

    const { status, body, headers } = await gateway.ask('/v1/key', { key });

    expect(status).toBe(200);
    expect(body).toMatchObject({ id, name: 'shop', appids: ['*'], scopes: ['jssdk'], last_used_at: expect.any(String) });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is refused at once where it is revoked, and within five seconds on every replica', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();
    const { key, id } = await gateway.makeKey();
    expect((await twin.ask('/v1/key', { key })).status).toBe(200);

    expect((await gateway.admin(`/api-keys/${id}`, { method: 'DELETE' })).status).toBe(204);

    expect((await gateway.ask('/v1/key', { key })).status).toBe(401);
    await until(
      () => twin.ask('/v1/key', { key }),
      (answer) => answer.status === 401,
      5_000,
    );
    expect((await gateway.admin(`/api-keys/${id}`)).status).toBe(404);
  });

  it('can be used on another replica as soon as it is made', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();
    const { key } = await gateway.makeKey();

    expect((await twin.ask('/v1/key', { key })).status).toBe(200);
  });

  it('changes on every replica', async () => {
    const gateway = await started();
    const twin = await gateway.twin();
    const { key, id } = await gateway.makeKey({ scopes: ['token:read'] });
    expect((await twin.ask('/v1/trial', { key })).status).toBe(403);

    await gateway.admin(`/api-keys/${id}`, { method: 'PATCH', body: { scopes: ['webhooks'] } });
    await twin.hearChanges();

    expect((await twin.ask('/v1/trial', { key })).status).toBe(200);
  });

  it('ends by itself', async () => {
    const gateway = await TestGateway.start();
    const { key } = await gateway.makeKey({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await gateway.ask('/v1/key', { key })).status).toBe(200);

    await gateway.database.query("UPDATE api_key SET expires_at = now() - interval '1 second'");
    await gateway.hearChanges();

    const { status, body } = await gateway.ask('/v1/key', { key });
    expect([status, body.code]).toEqual([401, 'key_expired']);
  });

  it('is held to its rate, if it has one', async () => {
    const gateway = ours();
    const { key } = await gateway.makeKey({ rate_limit: 3 });

    const answers = await Promise.all(Array.from({ length: 5 }, () => gateway.ask('/v1/key', { key })));

    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 429, 429]);
    const refused = answers.find((answer) => answer.status === 429);
    expect(refused?.body.code).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['name', { name: '' }],
    ['appids', { appids: [] }],
    ['appids', { appids: ['wx1'] }],
    ['appids', { appids: 'all' }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: ['everything'] }],
    ['scopes', { scopes: ['qr', 'qr'] }],
    ['scopes', { scopes: ['proxy'] }],
    ['expires_at', { expires_at: '2020-01-01T00:00:00Z' }],
    ['expires_at', { expires_at: '2040-02-31T00:00:00Z' }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['rate_limit', { rate_limit: 0 }],
    ['rate_limit', { rate_limit: 1.5 }],
  ])('is not made with a bad %s: %j', async (path, change) => {
    const gateway = ours();

    const { status, body } = await gateway.admin('/api-keys', {
      method: 'POST',
      body: { name: 'x', appids: '*', scopes: ['qr'], ...change },
    });

    expect(status).toBe(400);
    expect((body.errors as { path: string }[]).map((error) => error.path)).toEqual([path]);
  });

  it('keeps a scope that is not offered yet, if it has it; and is not given it', async () => {
    const gateway = await TestGateway.start();
    const [holder, other] = [await gateway.makeKey(), await gateway.makeKey()];
    await gateway.database.query(`UPDATE api_key SET scopes = '{qr,proxy}' WHERE id = '${holder.id}'`);
    await gateway.hearChanges();
    const change = (id: string, scopes: string[]) => gateway.admin(`/api-keys/${id}`, { method: 'PATCH', body: { scopes } });

    const kept = await change(holder.id, ['menu', 'proxy']);
    const given = await change(other.id, ['menu', 'proxy']);

    expect([kept.status, kept.body.scopes]).toEqual([200, ['menu', 'proxy']]);
    expect((await gateway.ask('/v1/key', { key: holder.key })).body.scopes).toEqual(['menu', 'proxy']);
    expect([given.status, given.body.code]).toEqual([400, 'validation_failed']);
    expect(given.body.errors).toEqual([{ path: 'scopes', message: 'proxy opens no route yet' }]);
  });

  it('stays good while the database is away, also on a replica that has not seen it used', async () => {
    const database = await freshDatabase();
    const gateway = await TestGateway.start({ database });
    const { key } = await gateway.makeKey();
    const proxy = await SeverableProxy.to(database.url);
    const twin = await TestGateway.start({ database, env: { DATABASE_URL: proxy.url } });

    proxy.cut();

    expect((await twin.ask('/v1/key', { key })).status).toBe(200);
    const unknown = await twin.ask('/v1/key', { key: neverMade });
    expect([unknown.status, unknown.body.code]).toEqual([503, 'storage_unavailable']);
    expect(unknown.headers.get('retry-after')).toBe('2');
  });

  it('stays good in a second outage too: not used since the first, made since, or changed', async () => {
    const database = await freshDatabase();
    const gateway = await TestGateway.start({ database });
    const [unused, changed, changedHere, revoked] = await Promise.all([1, 2, 3, 4].map(() => gateway.makeKey()));
    const proxy = await SeverableProxy.to(database.url);
    const twin = await TestGateway.start({ database, env: { DATABASE_URL: proxy.url }, withoutJobs: ['changes'] });
    const rename = (id = '', at = gateway): Promise<unknown> =>
      at.admin(`/api-keys/${id}`, { method: 'PATCH', body: { name: 'renamed' } });

    // It heard nothing for longer than changes are trusted, and then the database was there for a moment.
    twin.passes(301);
    await twin.hearChanges();
    await rename(changed?.id);
    await gateway.admin(`/api-keys/${revoked?.id ?? ''}`, { method: 'DELETE' });
    const made = await gateway.makeKey();
    await twin.hearChanges();
    await rename(changedHere?.id, twin);
    proxy.cut();

    for (const known of [unused, changed, changedHere, made])
      expect((await twin.ask('/v1/key', { key: known?.key })).status).toBe(200);
    expect((await twin.ask('/v1/key', { key: revoked?.key })).status).toBe(503);
  });
});

describe('Guessing keys', () => {
  it('ends after twenty bad ones a minute, and stands in nobody’s way', async () => {
    const gateway = await TestGateway.start();
    const { key } = await gateway.makeKey();

    for (let turn = 0; turn < 20; turn++) expect((await gateway.ask('/v1/key', { key: `guess-${turn}` })).status).toBe(401);
    const late = await gateway.ask('/v1/key', { key: 'guess-21' });

    expect([late.status, late.body.code]).toEqual([429, 'too_many_bad_keys']);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await gateway.ask('/v1/key', { key })).status).toBe(200);
  });
});
