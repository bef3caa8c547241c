import { describe, expect, it } from '@jest/globals';
import { Apps } from '#app';
import { shared } from './support/cleanup.js';
import { TestGateway } from './support/gateway.js';

const appid = 'wx3cc8fd6963e31a32';
const secret = '0123456789abcdef0123456789abcdef';
const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const shop = {
  kind: 'official_account',
  name: 'Shop',
  secret,
  original_id: 'gh_97417a04a28d',
  callback: { token: 'callbackToken', encoding_aes_key: aesKey },
};

async function registered(): Promise<TestGateway> {
  const gateway = await TestGateway.start();
  const { status } = await gateway.admin('/apps', { method: 'POST', body: { appid, ...shop } });
  expect(status).toBe(201);
  return gateway;
}

const auditOf = async (gateway: TestGateway): Promise<Record<string, unknown>[]> =>
  (await gateway.admin('/audit-log')).body.items as Record<string, unknown>[];

describe('Registering an app', () => {
  const ours = shared(() => TestGateway.start());

  it('answers with what is kept, secrets as fingerprints', async () => {
    const gateway = await TestGateway.start();

    const { status, body, text } = await gateway.admin('/apps', { method: 'POST', body: { appid, ...shop } });

    expect(status).toBe(201);
    expect(body).toMatchObject({
      appid,
      kind: 'official_account',
      token_mode: 'stable',
      enabled: true,
      secret: { set: true, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
      callback: { mode: 'safe', token: { set: true }, encoding_aes_key: { set: true } },
      callback_url: `http://127.0.0.1:36012/callbacks/${appid}`,
    });
    for (const hidden of [secret, aesKey, 'callbackToken']) expect(text).not.toContain(hidden);
  });

  it.each([
    ['official_account', 'wx0000000000000001'],
    ['mini_program', 'wx0000000000000002'],
    ['website', 'wx0000000000000003'],
    ['third_party_platform', 'wx0000000000000004'],
  ])('takes a %s', async (kind, another) => {
    const gateway = ours();

    const { status, body } = await gateway.admin('/apps', { method: 'POST', body: { appid: another, kind, name: 'x', secret } });

    expect(status).toBe(201);
    expect(body).toMatchObject({ kind, callback: null, original_id: null });
  });

  it('names every fault at once', async () => {
    const gateway = ours();

    const { status, headers, body } = await gateway.admin('/apps', {
      method: 'POST',
      body: { appid: 'wx1', kind: 'shop', name: ' ', secret: 'short', callback: { token: 'a!' }, colour: 'red' },
    });

    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body.code).toBe('validation_failed');
    expect((body.errors as { path: string }[]).map((error) => error.path).sort()).toEqual([
      'appid',
      'callback.token',
      'colour',
      'kind',
      'name',
      'secret',
    ]);
  });

  it.each([
    ['callback.encoding_aes_key', { callback: { token: 'abc', mode: 'safe' } }],
    ['callback.encoding_aes_key', { callback: { token: 'abc', mode: 'compatible' } }],
    ['callback.mode', { kind: 'third_party_platform', callback: { token: 'abc' } }],
    ['callback', { callback: 'plain' }],
    ['name', { name: 'a\u0000b' }],
    ['name', { name: 'x'.repeat(101) }],
    ['enabled', { enabled: 'yes' }],
    ['secret', { secret: null }],
    ['kind', { kind: 'authorizer' }],
  ])('refuses a bad %s: %j', async (path, change) => {
    const gateway = ours();

    const { status, body } = await gateway.admin('/apps', { method: 'POST', body: { appid, ...shop, ...change } });

    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ path, message: expect.any(String) });
  });

  it('is refused twice, and for an original id that another app has', async () => {
    const gateway = await registered();

    const again = await gateway.admin('/apps', { method: 'POST', body: { appid, ...shop } });
    const other = await gateway.admin('/apps', { method: 'POST', body: { appid: 'wx0000000000000001', ...shop } });

    expect([again.status, again.body.code]).toEqual([409, 'app_exists']);
    expect([other.status, other.body.code]).toEqual([409, 'original_id_taken']);
  });
});

describe('Applying an app from a file', () => {
  it('registers it, then changes nothing and records nothing', async () => {
    const gateway = await TestGateway.start();
    const put = () => gateway.admin(`/apps/${appid}`, { method: 'PUT', body: { appid, ...shop } });

    const first = await put();
    const second = await put();

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    expect((await auditOf(gateway)).map((entry) => entry.action)).toEqual(['app.register']);
  });

  it('brings it to the state, defaults included', async () => {
    const gateway = await registered();
    await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { enabled: false, token_mode: 'classic' } });

    const { status, body } = await gateway.admin(`/apps/${appid}`, {
      method: 'PUT',
      body: { kind: shop.kind, name: 'New name', secret },
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'New name', enabled: true, token_mode: 'stable', original_id: null, callback: null });
  });

  it('registers it once when ten ask at the same moment', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => (turn % 2 ? gateway : twin).admin(`/apps/${appid}`, { method: 'PUT', body: shop })),
    );

    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
    expect(await auditOf(gateway)).toHaveLength(1);
  });

  it('refuses another kind, and another appid than the path', async () => {
    const gateway = await registered();

    const kind = await gateway.admin(`/apps/${appid}`, { method: 'PUT', body: { ...shop, kind: 'website' } });
    const path = await gateway.admin('/apps/wx0000000000000001', { method: 'PUT', body: { appid, ...shop } });

    expect([kind.status, kind.body.code]).toEqual([409, 'kind_is_fixed']);
    expect([path.status, path.body.code]).toEqual([400, 'validation_failed']);
  });
});

describe('Changing an app', () => {
  it('leaves alone what it does not name', async () => {
    const gateway = await registered();
    const before = (await gateway.admin(`/apps/${appid}`)).body;

    const { status, body } = await gateway.admin(`/apps/${appid}`, {
      method: 'PATCH',
      body: { name: 'Other', callback: { token: 'another' } },
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Other',
      secret: before.secret,
      callback: { mode: 'safe', encoding_aes_key: { set: true } },
    });
    expect((body.callback as Record<string, unknown>).token).not.toEqual((before.callback as Record<string, unknown>).token);
  });

  it('takes away what is null', async () => {
    const gateway = await registered();

    const { body } = await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { original_id: null, callback: null } });

    expect(body).toMatchObject({ original_id: null, callback: null });
  });

  it('refuses to take away a key that the mode needs', async () => {
    const gateway = await registered();

    const refused = await gateway.admin(`/apps/${appid}`, {
      method: 'PATCH',
      body: { callback: { encoding_aes_key: null, mode: 'safe' } },
    });
    const eased = await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback: { encoding_aes_key: null } } });

    expect(refused.status).toBe(400);
    expect(eased.body).toMatchObject({ callback: { mode: 'plain', encoding_aes_key: { set: false } } });
  });

  it('is effective on another replica without a restart', async () => {
    const gateway = await registered();
    const twin = await gateway.twin();
    const there = twin.gateway.app.get(Apps);
    expect((await there.get(appid)).enabled).toBe(true);

    await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { enabled: false } });
    await twin.hearChanges();

    expect((await there.get(appid)).enabled).toBe(false);
  });

  it('records who changed what, and of secrets only fingerprints', async () => {
    const gateway = await registered();
    const changed = 'fedcba9876543210fedcba9876543210';

    await gateway.admin(`/apps/${appid}?verify=false`, {
      method: 'PATCH',
      body: { secret: changed, name: 'Other' },
      headers: { 'x-request-id': 'the-change' },
    });

    const [entry] = await auditOf(gateway);
    expect(entry).toMatchObject({
      actor: 'admin',
      action: 'app.change',
      appid,
      request_id: 'the-change',
      address: '127.0.0.1',
      details: { name: 'Other', secret: { fingerprint: expect.any(String) } },
    });
    expect(JSON.stringify(entry)).not.toContain(changed);
  });
});

describe('Deleting an app', () => {
  it('wants the appid once more, then forgets everything', async () => {
    const gateway = await registered();

    const careless = await gateway.admin(`/apps/${appid}`, { method: 'DELETE' });
    const meant = await gateway.admin(`/apps/${appid}?confirm=${appid}`, { method: 'DELETE' });

    expect([careless.status, careless.body.code]).toEqual([400, 'confirmation_required']);
    expect(meant.status).toBe(204);
    expect((await gateway.admin(`/apps/${appid}`)).status).toBe(404);
    expect(await gateway.database.query('SELECT 1 FROM data_key WHERE owner = $1', [appid])).toEqual([]);
  });

  it('lets it be registered again on a replica that knew it, and its new secret be read everywhere', async () => {
    const gateway = await registered();
    const twin = await gateway.twin();
    const [here, there] = [gateway.gateway.app.get(Apps), twin.gateway.app.get(Apps)];
    await there.reveal(await there.get(appid), 'secret');
    await gateway.admin(`/apps/${appid}?confirm=${appid}`, { method: 'DELETE' });

    expect((await twin.admin('/apps', { method: 'POST', body: { appid, ...shop } })).status).toBe(201);

    expect(await here.reveal(await here.get(appid), 'secret')).toBe(secret);
  });
});

describe('The lists', () => {
  it('page through all apps with a cursor', async () => {
    const gateway = await TestGateway.start();
    const appids = Array.from({ length: 5 }, (_, place) => `wx000000000000000${place}`);
    for (const one of appids) await gateway.admin('/apps', { method: 'POST', body: { ...shop, original_id: null, appid: one } });

    const seen: unknown[] = [];
    for (let path: string | undefined = '/apps?limit=2'; path;) {
      const page = (await gateway.admin(path)).body as { items: { appid: string }[]; next_cursor: string | null };
      seen.push(...page.items.map((item) => item.appid));
      path = page.next_cursor ? `/apps?limit=2&cursor=${page.next_cursor}` : undefined;
    }

    expect(seen).toEqual(appids);
  });

  it('filter the audit log', async () => {
    const gateway = await registered();
    await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { name: 'Other' } });
    await gateway.makeKey();
    const actionsOf = async (query: string) =>
      ((await gateway.admin(`/audit-log?${query}`)).body.items as { action: string }[]).map((entry) => entry.action);

    expect(await actionsOf(`appid=${appid}`)).toEqual(['app.change', 'app.register']);
    expect(await actionsOf('action=api_key.create')).toEqual(['api_key.create']);
    expect(await actionsOf('actor=nobody')).toEqual([]);
    expect(await actionsOf('until=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await actionsOf('since=2020-01-01T00:00:00Z&limit=1')).toEqual(['api_key.create']);
  });

  it('count what there is for the first page of a console', async () => {
    const gateway = await registered();
    await gateway.makeKey();

    expect((await gateway.admin('/overview')).body).toMatchObject({
      apps: { total: 1, disabled: 0, by_kind: { official_account: 1 } },
      api_keys: { total: 1, expired: 0, expiring: 0 },
    });
  });
});

describe('The audit log', () => {
  it('names what changed as the calls that changed it do', async () => {
    const gateway = await registered();
    const { id } = await gateway.makeKey({ rate_limit: 60 });

    await gateway.admin(`/apps/${appid}`, {
      method: 'PATCH',
      body: { token_mode: 'classic', forward_proxy: 'http://10.0.0.1:3128' },
    });
    await gateway.admin(`/api-keys/${id}`, { method: 'PATCH', body: { rate_limit: 90 } });

    const details = (await auditOf(gateway)).map((entry) => entry.details as object);
    expect(details[0]).toMatchObject({ rate_limit: 90 });
    expect(details[1]).toEqual({ token_mode: 'classic', forward_proxy: { fingerprint: expect.any(String) } });
    for (const name of details.flatMap(Object.keys)) expect(name).toMatch(/^[a-z_]+$/);
  });

  it('keeps its rows as they are', async () => {
    const gateway = await registered();

    for (const sql of ["UPDATE audit_entry SET actor = 'somebody'", 'DELETE FROM audit_entry', 'TRUNCATE audit_entry'])
      await expect(gateway.database.query(sql)).rejects.toThrow('only grows');
  });

  it('takes the change with it when it cannot be written', async () => {
    const gateway = await registered();
    await gateway.database.query("ALTER TABLE audit_entry ADD CONSTRAINT full_disk CHECK (action <> 'app.change')");

    const { status } = await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { name: 'Unrecorded' } });

    expect(status).toBe(500);
    expect((await gateway.admin(`/apps/${appid}`)).body.name).toBe('Shop');
  });
});
