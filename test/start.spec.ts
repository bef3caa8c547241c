import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { productionEnv } from './support/gateway.js';
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

  it('with SANDBOX=false prints no credential, only where the admin token lies', async () => {
    const dataDir = folder();

    const gateway = await local(dataDir, { SANDBOX: 'false' });
    const url = await gateway.says(/"url":"([^"]+)"/);

    const file = join(dataDir, 'admin-token');
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gateway.output).toContain(file);
    expect(gateway.output).not.toContain(token);
    expect(existsSync(join(dataDir, 'sandbox.json'))).toBe(false);
    expect((await fetch(`${url}/admin/v1/apps`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(await gateway.end('SIGINT')).toBe(0);
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

  it('refuses to start with another master key than the database was sealed with', async () => {
    const { url } = await freshDatabase();
    const env = productionEnv(url);
    const first = TestProcess.start(main, { cwd: folder(), env });
    await first.says(/"url":"([^"]+)"/);
    expect(await first.end('SIGTERM')).toBe(0);

    const second = TestProcess.start(main, {
      cwd: folder(),
      env: { ...env, MASTER_KEY: Buffer.alloc(32, 9).toString('base64') },
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
