import { describe, expect, it } from '@jest/globals';
import { isUnreachable } from '#database';
import { Vault } from '#vault';
import { DataSource } from 'typeorm';
import { freshDatabase } from './support/database.js';
import { TestGateway, adminToken, masterKey, masterKeyNamed } from './support/gateway.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { until } from './support/until.js';

const otherKey = masterKeyNamed('another');
const place = { table: 'app', column: 'secret', row: 'wx1', owner: 'wx1' };

describe('Readiness', () => {
  it('is 503 until the database was found good, while the process is alive and says so', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    proxy.cut();
    const gateway = await TestGateway.start({ database, env: { DATABASE_URL: proxy.url }, unopened: true });
    const opening = gateway.gateway.open();

    const [live, ready, early] = [
      await gateway.ask('/health/live'),
      await gateway.ask('/health/ready'),
      await gateway.ask('/v1/key'),
    ];
    proxy.mend();
    await opening;

    expect(live.status).toBe(200);
    expect([ready.status, ready.body.status]).toEqual([503, 'starting']);
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([503, 'not_serving_yet', '2']);
    expect((await gateway.ask('/health/ready')).body).toEqual({ status: 'ok', database: 'ok' });
  });

  it('stays 200 when the database is lost later, and comes back by itself', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const gateway = await TestGateway.start({ database, env: { DATABASE_URL: proxy.url } });

    proxy.cut();
    const lost = await until(
      () => gateway.ask('/health/ready'),
      ({ body }) => body.status !== 'ok',
    );
    const refused = await gateway.admin('/apps');
    proxy.mend();

    expect([lost.status, lost.body.status]).toEqual([200, 'degraded']);
    expect([refused.status, refused.body.code]).toEqual([503, 'storage_unavailable']);
    await until(
      () => gateway.ask('/health/ready'),
      (answer) => answer.body.status === 'ok',
    );
    expect((await gateway.admin('/apps')).status).toBe(200);
  });

  it('stays 200 when the network swallows what is sent to the database, and nobody waits for ever', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const gateway = await TestGateway.start({
      database,
      env: { DATABASE_URL: proxy.url, DATABASE_STATEMENT_TIMEOUT_SECONDS: '1' },
    });
    await gateway.admin('/apps');

    proxy.swallow();
    const begun = performance.now();
    const answers = await Promise.all([gateway.admin('/apps'), gateway.admin('/apps')]);
    const waited = performance.now() - begun;
    proxy.mend();

    for (const { status, body } of answers) expect([status, body.code]).toEqual([503, 'storage_unavailable']);
    expect(waited).toBeLessThan(6_000);
    await until(
      () => gateway.ask('/health/ready'),
      (answer) => answer.body.status === 'ok',
    );
    expect((await gateway.admin('/apps')).status).toBe(200);
  });

  it('and the metrics wait for no database that hangs', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const gateway = await TestGateway.start({ database, env: { DATABASE_URL: proxy.url } });
    const slowest = async (): Promise<number> => {
      const begun = performance.now();
      await Promise.all(['/health/ready', '/metrics'].map((path) => gateway.ask(path)));
      return performance.now() - begun;
    };

    proxy.swallow();
    const took: number[] = [];
    const { body } = await until(
      async () => {
        took.push(await slowest());
        return gateway.ask('/health/ready');
      },
      (answer) => answer.body.status !== 'ok',
    );

    expect(body).toEqual({ status: 'degraded', database: 'unreachable' });
    expect(Math.max(...took)).toBeLessThan(900);
  });

  it('is degraded while nobody can write to the database', async () => {
    const gateway = await TestGateway.start({ withoutJobs: ['pulse'] });

    await gateway.database.query("UPDATE epoch SET pulsed_at = now() - interval '6 seconds'");
    await gateway.hearChanges();

    const { status, body } = await gateway.ask('/health/ready');
    expect([status, body]).toEqual([200, { status: 'degraded', database: 'not_writable' }]);
  });

  it('is degraded while its disk is full, though it answers and the pulse goes on', async () => {
    const gateway = await TestGateway.start();
    await gateway.database.query(
      `CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`,
    );
    await gateway.database.query('CREATE TRIGGER no_space BEFORE INSERT ON api_key EXECUTE FUNCTION no_space()');

    const refused = await gateway.admin('/api-keys', { method: 'POST', body: { name: 'x', appids: '*', scopes: ['menu'] } });
    const { status, body } = await gateway.ask('/health/ready');

    expect([refused.status, refused.body.code]).toEqual([503, 'storage_unavailable']);
    expect([status, body]).toEqual([200, { status: 'degraded', database: 'not_writable' }]);
  });

  it('is 503 when the schema is not the one this code needs', async () => {
    const gateway = await TestGateway.start();

    await gateway.database.query("DELETE FROM migration WHERE name LIKE 'CreateApp%'");

    const { status, body } = await until(
      () => gateway.ask('/health/ready'),
      (answer) => answer.body.status !== 'ok',
    );
    expect([status, body.status]).toEqual([503, 'schema_behind']);
  });

  it('does not mind a schema that is ahead, as during a rolling upgrade', async () => {
    const gateway = await TestGateway.start();

    await gateway.database.query("INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'OfTheNextRelease')");

    expect((await gateway.ask('/health/ready')).status).toBe(200);
    expect((await gateway.twin()).url).toBeDefined();
  });

  it('is 503 while draining, and requests are still served', async () => {
    const gateway = await TestGateway.start({ env: { DRAIN_SECONDS: '1' } });

    const stopped = gateway.stop();
    const ready = await gateway.ask('/health/ready');
    const served = await gateway.admin('/apps');
    await stopped;

    expect([ready.status, ready.body.status]).toEqual([503, 'draining']);
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    await expect(gateway.ask('/health/live')).rejects.toThrow();
  });
});

describe('A connection that breaks between two statements of a transaction', () => {
  it('is trouble of the database, not a bug of ours', async () => {
    const gateway = await TestGateway.start();

    const broken = gateway.gateway.app.get(DataSource).transaction(async (transaction) => {
      const [backend] = await transaction.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await gateway.database.query('SELECT pg_terminate_backend($1)', [backend?.pid]);
      await until(
        () => transaction.queryRunner?.isReleased,
        (isReleased) => isReleased === true,
      );
      await transaction.query('SELECT 1');
    });

    expect(isUnreachable(await broken.catch((error: unknown) => error))).toBe(true);
  });
});

describe('A database that takes no writes', () => {
  const readOnly = (gateway: TestGateway, word: 'on' | 'off'): Promise<unknown> =>
    gateway.database.query(`ALTER DATABASE ${gateway.database.name} SET default_transaction_read_only = ${word}`);

  it('is trouble that passes, and is written to as soon as it takes writes again, whatever its sessions remember', async () => {
    const gateway = await TestGateway.start();
    const write = () => gateway.admin('/api-keys', { method: 'POST', body: { name: 'x', appids: '*', scopes: ['menu'] } });
    await readOnly(gateway, 'on');
    await gateway.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wechat-gateway' AND datname = current_database()",
    );
    const refused = await until(write, ({ body }) => body.code === 'storage_unavailable');

    // Sessions of the pool were opened while it was read-only, and would stay so.
    await Promise.all(Array.from({ length: 8 }, () => gateway.admin('/apps')));
    await readOnly(gateway, 'off');
    const answers = [];
    for (let turn = 0; turn < 12; turn++) answers.push((await write()).status);

    expect(refused.status).toBe(503);
    expect(answers.slice(8)).toEqual([201, 201, 201, 201]);
    expect(gateway.logged.join('')).not.toContain('A bug');
  });
});

describe('What a database may say', () => {
  it.each([
    ['53100', 'its disk is full', true, true],
    ['53200', 'its memory is full', true, true],
    ['57P01', 'it is shut down', true, true],
    ['58030', 'a file cannot be read', true, true],
    ['08006', 'the connection failed', true, true],
    ['25006', 'it is read-only', true, true],
    ['25P03', 'the session was idle in a transaction', true, true],
    ['28P01', 'the password is wrong', true, false],
    ['3D000', 'there is no such database', true, false],
    ['55000', 'database "gateway" is not currently accepting connections', true, false],
    ['08P01', 'unsupported startup parameter: lock_timeout', true, false],
    ['08P01', 'database "nodb" does not exist', true, false],
    ['08P01', 'the database system is starting up', true, true],
    ['08P01', 'client_login_timeout (server down)', true, true],
    ['23505', 'a row is there already', false, false],
    ['42601', 'the statement is wrong', false, false],
  ])('%s, %s: it passes under a gateway that serves: %s, at a start: %s', (code, words, serving, starting) => {
    const error = Object.assign(new Error(words), { driverError: Object.assign(new Error(words), { code }) });

    expect([isUnreachable(error), isUnreachable(error, { hasServed: false })]).toEqual([serving, starting]);
  });
});

describe('The master key', () => {
  it('refuses to start when it is another one, naming the one wanted', async () => {
    const gateway = await TestGateway.start();

    await expect(gateway.twin({ env: { MASTER_KEY: otherKey } })).rejects.toThrow(
      /sealed with master key [0-9a-f]{8}, which is not among those given \([0-9a-f]{8}\)/,
    );
  });

  it('is rotated by giving both, the new one first, then the new one alone', async () => {
    const gateway = await TestGateway.start();
    const sealed = await gateway.gateway.app.get(Vault).seal(place, '很秘密');

    const both = await gateway.twin({ env: { MASTER_KEY: `${otherKey},${masterKey}` } });
    const alone = await gateway.twin({ env: { MASTER_KEY: otherKey } });

    expect(await both.gateway.app.get(Vault).open(place, sealed)).toBe('很秘密');
    expect(await alone.gateway.app.get(Vault).open(place, sealed)).toBe('很秘密');
    await expect(gateway.twin({ env: { MASTER_KEY: masterKey } })).rejects.toThrow('is not among those given');
  });

  it('keeps keys of callers good through a rotation', async () => {
    const gateway = await TestGateway.start();
    const { key } = await gateway.makeKey();

    const rotated = await gateway.twin({ env: { MASTER_KEY: `${otherKey},${masterKey}` } });

    expect((await rotated.ask('/v1/key', { key })).status).toBe(200);
  });

  it('seals what one replica reads of another', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();
    const [here, there] = [gateway.gateway.app.get(Vault), twin.gateway.app.get(Vault)];

    const sealed = await Promise.all([here.seal(place, 'one'), there.seal(place, 'two')]);

    expect([await there.open(place, sealed[0]), await here.open(place, sealed[1])]).toEqual(['one', 'two']);
    expect(await gateway.database.query("SELECT 1 FROM data_key WHERE owner = 'wx1'")).toHaveLength(1);
  });
});

describe('The metrics', () => {
  it('measure requests by route template, the pool and the process', async () => {
    const gateway = await TestGateway.start();
    await gateway.ask('/v1/apps/wx3cc8fd6963e31a32/nothing?access_token=secret');
    await gateway.admin('/apps/wx3cc8fd6963e31a32');

    const { status, text } = await gateway.ask('/metrics');

    expect(status).toBe(200);
    expect(text).toContain(
      'http_server_request_duration_seconds_count{method="GET",route="/admin/v1/apps/:appid",status="404"} 1',
    );
    expect(text).toContain('http_server_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1');
    expect(text).toMatch(/db_pool_connections\{state="idle"\} \d/);
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('wx3cc8fd6963e31a32');
  });

  it('want a token where one is set', async () => {
    const token = 'metrics-token-of-the-tests-0123456789';
    const gateway = await TestGateway.start({ env: { METRICS_TOKEN: token } });

    expect((await gateway.ask('/metrics')).status).toBe(401);
    expect((await gateway.ask('/metrics', { key: adminToken })).status).toBe(401);
    expect((await gateway.ask('/metrics', { key: token })).status).toBe(200);
  });
});
