import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { isRunning } from './postmaster.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;
const onLinux = process.platform === 'linux' ? it : it.skip;
const hurried = { fsync: 'off', full_page_writes: 'off' };

const temporary: string[] = [];
const children: ChildProcess[] = [];
const servers: EmbeddedPostgres[] = [];

/** As root the server runs as another user, which must be able to pass. */
function temporaryFolder(mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
  temporary.push(folder);
  chmodSync(folder, mode);
  return folder;
}

async function start(dataDir: string, options: { settings?: Record<string, string>; warn?: (message: string) => void } = {}) {
  const server = await startEmbeddedPostgres({ dataDir, settings: hurried, ...options });
  servers.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

const pidFile = (folder: string): string => join(folder, 'cluster/data/postmaster.pid');
const pidOf = (folder: string): number => Number(readFileSync(pidFile(folder), 'utf8').split('\n')[0]);

/** An orphan that has ended may be counted by the system until somebody reaps it; it has no command line any more. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

async function until(claim: () => boolean): Promise<void> {
  while (!claim()) await pause(5);
}

/** Whatever a test has left of a server, also of one that a child started. */
async function killServerOf(folder: string): Promise<void> {
  if (!existsSync(pidFile(folder))) return;
  const pid = pidOf(folder);
  if (!isRunning({ pid, file: '' }, join(folder, 'cluster/data'))) return;
  process.kill(pid, 'SIGKILL');
  await until(() => !lives(pid));
}

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(async () => {
  for (const folder of temporary) {
    await killServerOf(join(folder, 'data/postgres'));
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('The embedded Postgres', () => {
  const dataDir = () => join(home, 'data');
  let home: string;

  beforeAll(async () => {
    home = temporaryFolder();
    const server = await start(dataDir());
    await ask(server.url, 'CREATE TABLE kept (word text)');
    await ask(server.url, `INSERT INTO kept VALUES ('still here')`);
    await server.stop();
  });

  it('is a server with the settings a gateway counts on', async () => {
    const { url } = await start(dataDir());

    const setting = (name: string) => ask(url, `SELECT current_setting('${name}')`);

    expect(new URL(url)).toMatchObject({ protocol: 'postgres:', hostname: '127.0.0.1', pathname: '/gateway' });
    expect(Number(await setting('server_version_num'))).toBeGreaterThanOrEqual(150_000);
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    expect(Number(await setting('max_connections'))).toBeGreaterThanOrEqual(100);
    expect(await setting('jit')).toBe('off');
    expect(await setting('timezone')).toBe('UTC');
    expect(await setting('server_encoding')).toBe('UTF8');
    expect(await setting('fsync')).toBe('off'); // as this test wished
    expect(await ask(url, `SELECT lower('ÄÖ')`)).toBe('äö');
  });

  it('lets nobody in without the password that it keeps to itself', async () => {
    const { url, folder } = await start(dataDir());
    const password = join(folder, 'cluster/password');

    expect(statSync(password).mode & 0o777).toBe(0o600);
    expect(new URL(url).password).toBe(readFileSync(password, 'utf8').trim());
    await expect(ask(url.replace(/:[^:@]+@/, ':guess@'), 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('stops when asked, leaving nothing running or lying about, and keeps its rows', async () => {
    const first = await start(dataDir());
    const pid = pidOf(first.folder);

    expect(await first.stop()).toBe(true);

    expect(lives(pid)).toBe(false);
    expect(readdirSync(first.folder).sort()).toEqual(['cluster', 'server.log']);
    expect(await first.stop()).toBe(true); // a second call changes nothing
    const second = await start(dataDir());
    expect(await ask(second.url, 'SELECT word FROM kept')).toBe('still here');
  });

  onLinux('is out of reach of Ctrl-C, writes to a file, and knows nothing of our environment', async () => {
    const { folder } = await start(dataDir());
    const pid = pidOf(folder);

    const processGroup = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);

    expect(processGroup).toBe(pid);
    expect(readlinkSync(`/proc/${pid}/fd/2`)).toBe(join(folder, 'server.log'));
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)).toEqual(['LC_ALL=C']);
  });

  it('is left running by all but the last, also if two leave at once', async () => {
    const [first, second, third] = await Promise.all([start(dataDir()), start(dataDir()), start(dataDir())]);
    expect(new Set([first.url, second.url, third.url]).size).toBe(1);

    expect(await first.stop()).toBe(false);
    expect(await ask(second.url, 'SELECT 1')).toBe(1);
    expect((await Promise.all([second.stop(), third.stop()])).sort()).toEqual([false, true]);
  });

  it('is left running while any connection is open', async () => {
    const server = await start(dataDir());
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();

    expect(await server.stop()).toBe(false);

    await client.end();
    expect(await (await start(dataDir())).stop()).toBe(true);
  });

  it('starts anew for one who comes while the last one leaves', async () => {
    const leaving = await start(dataDir());

    const [, coming] = await Promise.all([leaving.stop(), start(dataDir())]);

    expect(await ask(coming.url, 'SELECT word FROM kept')).toBe('still here');
  });

  it('can still be stopped after a crash has cut our connection to it', async () => {
    const server = await start(dataDir());
    const checkpointer = () => ask(server.url, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`);
    const before = await checkpointer();
    const backend = Number(await ask(server.url, `SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%presence'`));
    process.kill(backend, 'SIGKILL'); // which makes the server throw everybody out and recover
    await until(() => !lives(backend));
    // Another one means that the recovery is over; the same, that the server has not even noticed yet.
    while ([before, undefined].includes(await checkpointer().catch(() => before))) await pause(5);

    expect(await server.stop()).toBe(true);
  });

  it('is started again at its address after it was killed, by one of those who use it, and still stopped by the last', async () => {
    const said: string[] = [];
    const [one, other] = [await start(dataDir(), { warn: (text) => said.push(text) }), await start(dataDir())];
    const folder = join(dataDir(), 'postgres');
    const killed = pidOf(folder);
    process.kill(killed, 'SIGKILL');
    await until(() => !lives(killed));

    let word: unknown;
    while (word === undefined) word = await ask(one.url, 'SELECT word FROM kept').catch(() => pause(20));

    expect([word, other.url]).toEqual(['still here', one.url]);
    // Each comes back by itself: who leaves before the other is there again is the last, and rightly stops the server.
    const present = () => ask(one.url, `SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE '%presence'`);
    while ((await present()) !== 2) await pause(20);
    expect(said.join()).toContain('is joined or started again');
    const stopped = [await one.stop(), await other.stop()];
    expect(stopped).toEqual([false, true]);
    expect(existsSync(pidFile(folder))).toBe(false);
  });

  it('removes what a start that died has left', async () => {
    const folder = join(dataDir(), 'postgres');
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'exit');
    const [ofTheDead, longAgo, ofTheLiving] = [`init-${dead.pid}-a`, `init-${process.pid}-b`, `init-${process.pid}-c`];
    for (const name of [ofTheDead, longAgo, ofTheLiving]) mkdirSync(join(folder, name));
    utimesSync(join(folder, longAgo), 1, 1);

    await start(dataDir());

    expect(readdirSync(folder).filter((name) => name.startsWith('init-'))).toEqual([ofTheLiving]);
    rmSync(join(folder, ofTheLiving), { recursive: true });
  });

  it('cuts its log short', async () => {
    const log = join(dataDir(), 'postgres/server.log');
    truncateSync(log, 1024 * 1024 + 1);

    await start(dataDir());

    expect(statSync(log).size).toBeLessThan(10_000);
    expect(statSync(`${log}.1`).size).toBe(1024 * 1024 + 1);
    rmSync(`${log}.1`);
  });

  it('says why it cannot start', async () => {
    const attempt = start(dataDir(), { settings: { shared_buffers: 'plenty' } });

    await expect(attempt).rejects.toThrow(EmbeddedPostgresUnavailable);
    await expect(attempt).rejects.toThrow(/"plenty"[^]*Set DATABASE_URL to a PostgreSQL server \(15 or newer\)\.$/);
  });

  it('makes no empty cluster where an upgrade was interrupted', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data/postgres/cluster-17'), { recursive: true });

    await expect(start(join(folder, 'data'))).rejects.toThrow(/interrupted.*cluster-17.*database:upgrade/s);
  });

  it('says that its folder cannot be had', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');

    await expect(start(file)).rejects.toThrow(/E(NOTDIR|EXIST).*Set DATABASE_URL/);
  });

  asRoot('goes where its user can reach it, and says so', async () => {
    const dataDir = join(temporaryFolder(0o700), 'data');
    const warnings: string[] = [];

    const server = await start(dataDir, { warn: (message) => warnings.push(message) });
    try {
      expect(server.folder).toMatch(/^\/var\/lib\/wechat-gateway\/[0-9a-f]{16}$/);
      expect(warnings).toEqual([expect.stringContaining(join(dataDir, 'postgres'))]);
      expect(warnings[0]).toContain(server.folder);
      expect(existsSync(dataDir)).toBe(false);
      await server.stop();
      chmodSync(join(dataDir, '..'), 0o711);
      expect((await start(dataDir)).folder).toBe(server.folder); // the rows are there, so there it stays
    } finally {
      for (const running of servers.splice(0)) await running.stop();
      await killServerOf(server.folder);
      rmSync(server.folder, { recursive: true, force: true });
      if (readdirSync(dirname(server.folder)).length === 0) rmdirSync(dirname(server.folder));
    }
  });
});

describe('The embedded Postgres of gateways that may be killed', () => {
  let code: string;
  let dataDir: string;

  /** A gateway as far as the database is concerned: prints what it has, and stops when told to. */
  const gateway = `
    import { startEmbeddedPostgres } from './embedded-postgres.js';
    const { url, folder, stop } = await startEmbeddedPostgres({ dataDir: process.argv[2], settings: { fsync: 'off' } });
    console.log(JSON.stringify({ url, folder }));
    process.stdin.once('end', async () => { console.log(await stop()); process.exit(); }).resume();
  `;

  async function startGateway() {
    const child = spawn(process.execPath, [join(code, 'gateway.js'), dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value)) as unknown;
    const { url, folder } = (await next()) as { url: string; folder: string };
    return {
      url,
      folder,
      stop: () => {
        child.stdin.end();
        return next();
      },
      kill: async () => {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
  }

  beforeAll(() => {
    code = temporaryFolder();
    for (const file of readdirSync(import.meta.dirname).filter((name) => /^[^.]+\.ts$/.test(name))) {
      const options = { swcrc: false, jsc: { target: 'es2023', parser: { syntax: 'typescript' } } } as const;
      writeFileSync(join(code, file.replace('.ts', '.js')), transformFileSync(join(import.meta.dirname, file), options).code);
    }
    writeFileSync(join(code, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(code, 'gateway.js'), gateway);
    symlinkSync(join(process.cwd(), 'node_modules'), join(code, 'node_modules'));
    dataDir = join(temporaryFolder(), 'data');
  });

  it('is one, though three race on an empty folder, and the last one stops it', async () => {
    const gateways = await Promise.all([startGateway(), startGateway(), startGateway()]);
    const { folder, url } = gateways[0];
    const pid = pidOf(folder);

    expect(new Set(gateways.map((each) => each.url)).size).toBe(1);
    await ask(url, 'CREATE TABLE kept (word text)');
    const answers = await Promise.all(gateways.map((each) => each.stop()));

    expect(answers.sort()).toEqual([false, false, true]);
    expect(lives(pid)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['cluster', 'server.log']);
  });

  it('goes on when its gateway is killed, is joined by the next, and stopped by it', async () => {
    const killed = await startGateway();
    await ask(killed.url, `INSERT INTO kept VALUES ('acknowledged')`);

    await killed.kill();
    const next = await start(dataDir);

    expect(next.url).toBe(killed.url);
    await expect(ask(`${next.url}-that-is-not-there`, 'SELECT 1')).rejects.toThrow('does not exist'); // it can write its log
    expect(await ask(next.url, 'SELECT word FROM kept')).toBe('acknowledged');
    expect(await next.stop()).toBe(true);
  });

  it('comes back with its rows when both were killed', async () => {
    const killed = await startGateway();
    const pid = pidOf(killed.folder);

    process.kill(pid, 'SIGKILL');
    await killed.kill();
    const next = await start(dataDir);

    expect(pidOf(next.folder)).not.toBe(pid);
    expect(await ask(next.url, 'SELECT word FROM kept')).toBe('acknowledged');
  });

  onLinux.each([
    ['a stranger', 'echo $$; exec sleep 60'],
    ['a zombie', 'true & echo $!; exec sleep 60'],
  ])('is not kept from starting by a pid file that names %s', async (_name, script) => {
    const folder = join(dataDir, 'postgres');
    const { uid, gid } = statSync(join(folder, 'cluster/data'));
    const stranger = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      ...(isRoot && { uid, gid }),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(stranger);
    const [pid] = (await once(stranger.stdout, 'data')) as [Buffer];
    writeFileSync(pidFile(folder), `${String(pid).trim()}\n${folder}\n0\n1\n\n127.0.0.1\n\nready\n`);

    const server = await start(dataDir);

    expect(pidOf(folder)).not.toBe(Number(pid));
    expect(await ask(server.url, 'SELECT word FROM kept')).toBe('acknowledged');
  });
});
