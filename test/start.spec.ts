import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { askAt, masterKeyNamed, productionEnv } from './support/gateway.js';
import { callbackToken, signedPush, textPush } from './support/pusher.js';
import { TestProcess, freePort } from './support/process.js';
import { until } from './support/until.js';

const main = 'dist/apps/gateway/src/main.js';
const app = { appid: 'wx3cc8fd6963e31a00', kind: 'website', name: 'Kept', secret: '0'.repeat(32) };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'wechat-gateway-start-'));
  // Run by root, the embedded server runs under another account, which must be able to pass through.
  chmodSync(made, 0o711);
  afterThisTest(async () => {
    // A test that failed half-way leaves a server behind: it outlives its gateway, as it should.
    for (const pid of serversOn(made)) process.kill(Number(pid), 'SIGQUIT');
    await until(
      () => serversOn(made),
      (pids) => pids.length === 0,
    );
    await rm(made, { recursive: true, force: true });
  });
  return made;
}

const local = async (dataDir: string, env: Record<string, string> = {}): Promise<TestProcess> =>
  TestProcess.start(main, {
    args: ['--local'],
    cwd: dataDir,
    env: { DATA_DIR: dataDir, PORT: '0', SIMULATOR_PORT: await freePort(), ...env },
  });

/** Pids of servers whose command line names the folder. */
const serversOn = (dataDir: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
    } catch {
      return false;
    }
  });

describe('npm start', () => {
  it('keeps data and credentials over a kill -9, and leaves nothing running at a stop', async () => {
    const dataDir = folder();

    const first = await local(dataDir);
    const url = await first.says(/WeChat gateway\s+(http:\S+)/);
    const token = await first.says(/Admin token\s+(\S+)/);
    const key = await first.says(/Demo API key\s+(\S+)/);
    const asking = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(app),
    };
    expect((await fetch(`${url}/admin/v1/apps`, asking)).status).toBe(201);
    expect((await fetch(`${url}/v1/key`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    const simulator = await first.says(/WeChat simulator\s+(http:\S+)/);
    const demo = `${url}/v1/apps/wx3cc8fd6963e31a32/access-token`;
    expect((await fetch(demo, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    await first.end('SIGKILL');
    // The simulator does not outlive the gateway, however that ends.
    await until(
      () =>
        fetch(simulator).then(
          () => 'up',
          () => 'gone',
        ),
      (state) => state === 'gone',
    );

    const second = await local(dataDir);
    const again = await second.says(/WeChat gateway\s+(http:\S+)/);
    expect(await second.says(/Admin token\s+(\S+)/)).toBe(token);
    expect(await second.says(/Demo API key\s+(\S+)/)).toBe(key);
    const kept = await fetch(`${again}/admin/v1/apps/${app.appid}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await kept.json()).toMatchObject({ name: 'Kept' });
    for (const secret of ['sandbox.json', 'master-key']) expect(statSync(join(dataDir, secret)).mode & 0o777).toBe(0o600);

    expect(await second.end('SIGTERM')).toBe(0);
    expect(serversOn(dataDir)).toEqual([]);
    expect(readdirSync(dataDir).filter((name) => /^init|\.pid$|\.\d+$/.test(name))).toEqual([]);
  });

  it('with SANDBOX=false prints no credential, only where the admin token lies, and warns that WeChat cannot reach it', async () => {
    const dataDir = folder();

    const gateway = await local(dataDir, { SANDBOX: 'false' });
    const url = await gateway.says(/"url":"([^"]+)"/);

    const file = join(dataDir, 'admin-token');
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gateway.output).toContain(file);
    expect(gateway.output).not.toContain(token);
    expect(gateway.output).toContain('PUBLIC_URL is not set: WeChat cannot reach');
    expect(existsSync(join(dataDir, 'sandbox.json'))).toBe(false);
    expect((await fetch(`${url}/admin/v1/apps`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(await gateway.end('SIGINT')).toBe(0);
  });

  it('takes pushes again within ten seconds after its database was killed, and keeps what it acknowledged', async () => {
    const dataDir = folder();
    const gateway = await local(dataDir, { SANDBOX: 'false' });
    const url = await gateway.says(/"url":"([^"]+)"/);
    const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const make = async (path: string, body: unknown): Promise<Record<string, string>> =>
      (await (await fetch(`${url}/admin/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as Record<
        string,
        string
      >;
    const shop = { ...app, kind: 'official_account', original_id: 'gh_97417a04a28d', callback: { token: callbackToken } };
    await make('apps', shop);
    const { key } = await make('api-keys', { name: 'x', appids: '*', scopes: ['events:read'] });
    // WeChat repeats what was not acknowledged; it is kept once.
    const pushes: Record<string, string> = {};
    const xmlOf = (content: string): string => (pushes[content] ??= textPush(content));
    const push = async (content: string): Promise<number> => {
      const { query, body } = signedPush(xmlOf(content), { appid: app.appid });
      const answer = await fetch(`${url}/callbacks/${app.appid}?${query}`, { method: 'POST', body });
      return answer.status;
    };
    expect(await push('before')).toBe(200);

    const [postmaster] = serversOn(dataDir);
    process.kill(Number(postmaster), 'SIGKILL');
    // Within ten seconds, which is how long it is waited for.
    await until(
      () => push('after'),
      (status) => status === 200,
    );

    const { text } = await until(
      () => askAt(`${url}/v1/apps/${app.appid}/events`, { key }),
      ({ status }) => status === 200,
    );
    const { items } = JSON.parse(text) as { items: { data: { Content: string } }[] };
    expect(items.map(({ data }) => data.Content)).toEqual(['before', 'after']);
    expect(await gateway.end('SIGTERM')).toBe(0);
    expect(serversOn(dataDir)).toEqual([]);
  });
});

describe('The production form', () => {
  it('refuses to start, naming everything that is missing or malformed', async () => {
    const gateway = TestProcess.start(main, { cwd: folder(), env: { PORT: 'x', PUBLIC_URL: 'wx.example.com' } });

    expect(await gateway.exit()).toBe(1);
    for (const name of [
      'DATABASE_URL is missing',
      'MASTER_KEY is missing',
      'ADMIN_TOKEN is missing',
      'PUBLIC_URL must be',
      'PORT must be',
    ])
      expect(gateway.output).toContain(name);
  });

  it('takes its secrets from files', async () => {
    const { url } = await freshDatabase();
    const cwd = folder();
    const { DATABASE_URL = '', MASTER_KEY = '', ADMIN_TOKEN = '', ...rest } = productionEnv(url);
    const secrets = Object.entries({ DATABASE_URL, MASTER_KEY, ADMIN_TOKEN });
    for (const [name, value] of secrets) writeFileSync(join(cwd, name), `${value}\n`);
    const env = { ...rest, ...Object.fromEntries(secrets.map(([name]) => [`${name}_FILE`, join(cwd, name)])) };

    const gateway = TestProcess.start(main, { cwd, env });
    const address = await gateway.says(/"url":"([^"]+)"/);
    expect((await fetch(`${address}/admin/v1/apps`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).status).toBe(200);
    expect(await gateway.end('SIGTERM')).toBe(0);

    // The command beside it reads the same settings, in the same form.
    const told = TestProcess.start('dist/apps/gateway/src/after-restore.js', { cwd, env: { ...env, HOST: '0.0.0.0' } });
    expect([await told.exit(), told.output]).toEqual([
      0,
      expect.stringContaining('Done: the database knows that it was restored'),
    ]);
  });

  it('refuses to start with another master key than the database was sealed with', async () => {
    const { url } = await freshDatabase();
    const env = productionEnv(url);
    const first = TestProcess.start(main, { cwd: folder(), env });
    await first.says(/"url":"([^"]+)"/);
    expect(await first.end('SIGTERM')).toBe(0);

    const second = TestProcess.start(main, {
      cwd: folder(),
      env: { ...env, MASTER_KEY: masterKeyNamed('another') },
    });

    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(/sealed with master key [0-9a-f]{8}/);
  });

  it('takes settings from .env, the environment first', async () => {
    const { url } = await freshDatabase();
    const cwd = folder();
    const { ADMIN_TOKEN, ...rest } = productionEnv(url);
    const file = Object.entries({ ...rest, ADMIN_TOKEN, PORT: '1' }).map(([name, value]) => `${name}=${value}`);
    writeFileSync(join(cwd, '.env'), file.join('\n'));

    const gateway = TestProcess.start(main, { cwd, env: { PORT: '0' } });

    const address = await gateway.says(/"url":"([^"]+)"/);
    expect((await fetch(`${address}/admin/v1/apps`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).status).toBe(200);
  });
});
