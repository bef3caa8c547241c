// Proves: no acknowledged push is lost, and each has its effect once, while gateways and Postgres are killed. At most 15 minutes.
import { mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#database';
import pg from 'pg';
import { afterThisTest } from '../support/cleanup.js';
import { callbackToken, eventPush, signedPush } from '../support/pusher.js';
import { until } from '../support/until.js';
import { Fleet, type Replica } from './fleet.js';
import { sized } from './size.js';

const appid = 'wx00000000000000aa';
const minutes = 60_000;
const pushersAtOnce = 40;
const attemptsMax = 3;

async function prepare(fleet: Fleet): Promise<void> {
  const callback = { token: callbackToken };
  await fleet.admin('PUT', `/apps/${appid}`, { kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback });
  // What the handler of follow events does, counted where it happens.
  await fleet.database.query('CREATE TABLE effect (openid text)');
  await fleet.database.query(
    `CREATE FUNCTION count_effect() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN INSERT INTO effect VALUES (NEW.openid); RETURN NULL; END $$`,
  );
  await fleet.database.query(
    'CREATE TRIGGER effect AFTER INSERT OR UPDATE ON wechat_user FOR EACH ROW EXECUTE FUNCTION count_effect()',
  );
}

/** Sends one push as WeChat does: to whichever replica, three times at most. Tells whether it was acknowledged. */
async function push(fleet: Fleet, openid: string): Promise<boolean> {
  const body = eventPush('subscribe', {}, openid);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const { query } = signedPush(body, { appid });
    const to = fleet.replicas[Math.floor(Math.random() * fleet.replicas.length)];
    if (!to) continue;
    const answer = await fetch(`${to.url}/callbacks/${appid}?${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml' },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    if (answer?.status === 200 && (await answer.text().catch(() => '')) === 'success') return true;
    await pause(100);
  }
  return false;
}

/** Pushes while something is done to the fleet a number of times, evenly; answers who was acknowledged. */
async function pushMeanwhile(fleet: Fleet, count: number, times: number, harm: () => Promise<void>): Promise<string[]> {
  const acknowledged: string[] = [];
  let next = 0;
  let harmed = 0;
  let underWay: Promise<void> | undefined;
  const isDue = (): boolean => harmed < times && next >= ((harmed + 1) * count) / (times + 1);
  const pusher = async (): Promise<void> => {
    while (next < count) {
      // What was harmed comes back before the next harm is done: there are always two, or one that is coming.
      while (isDue() && underWay) await underWay;
      if (isDue()) {
        harmed++;
        underWay = harm().finally(() => (underWay = undefined));
      }
      const number = next++;
      if (await push(fleet, `oPerson${number}`)) acknowledged.push(`oPerson${number}`);
    }
  };
  await Promise.all(Array.from({ length: pushersAtOnce }, pusher));
  await underWay;
  expect(harmed).toBe(times);
  return acknowledged;
}

async function expectNothingLost(fleet: Fleet, acknowledged: string[]): Promise<void> {
  await until(
    () => fleet.database.query('SELECT 1 FROM event_task LIMIT 1'),
    (rows) => rows.length === 0,
    2 * minutes,
  );
  const events = await fleet.database.query<{ openid: string; count: number }>(
    'SELECT openid, count(*)::int AS count FROM event GROUP BY openid',
  );
  const effects = await fleet.database.query<{ openid: string; count: number }>(
    'SELECT openid, count(*)::int AS count FROM effect GROUP BY openid',
  );
  const kept = new Set(events.map(({ openid }) => openid));
  expect(acknowledged.filter((openid) => !kept.has(openid))).toEqual([]);
  expect(events.filter(({ count }) => count !== 1)).toEqual([]);
  expect(effects.filter(({ count }) => count !== 1)).toEqual([]);
  expect(effects).toHaveLength(events.length);
}

describe('Nothing acknowledged is lost, and every effect happens once', () => {
  it(
    'when gateways are killed',
    async () => {
      const { pushes, kills } = sized({ quick: { pushes: 600, kills: 2 }, full: { pushes: 20_000, kills: 10 } });
      const fleet = await Fleet.start(2, undefined);
      await prepare(fleet);

      const acknowledged = await pushMeanwhile(fleet, pushes, kills, async () => {
        const [victim] = fleet.replicas;
        if (!victim) return;
        fleet.forget(victim);
        await Promise.all([fleet.add(), victim.process.end('SIGKILL')]);
      });

      expect(acknowledged.length).toBeGreaterThan(pushes * 0.9);
      await expectNothingLost(fleet, acknowledged);
    },
    10 * minutes,
  );

  it(
    'when Postgres is killed',
    async () => {
      const { pushes, kills } = sized({ quick: { pushes: 400, kills: 1 }, full: { pushes: 10_000, kills: 3 } });
      const postgres = await KillablePostgres.start();
      const fleet = await Fleet.start(2, undefined, {}, postgres);
      await prepare(fleet);

      const acknowledged = await pushMeanwhile(fleet, pushes, kills, async () => {
        await postgres.kill();
        fleet.proxy.retarget(postgres.url);
        await until(
          () => areReady(fleet.replicas),
          (ready) => ready,
          minutes,
        );
      });

      expect(acknowledged.length).toBeGreaterThan(pushes / 2);
      await expectNothingLost(fleet, acknowledged);
    },
    10 * minutes,
  );
});

async function areReady(replicas: Replica[]): Promise<boolean> {
  const answers = await Promise.all(replicas.map(async ({ url }) => (await fetch(`${url}/health/ready`)).json()));
  return answers.every((answer) => (answer as { status: string }).status === 'ok');
}

/** A server of the test's own, as durable as a real one. */
class KillablePostgres {
  private constructor(private readonly server: EmbeddedPostgres) {}

  static async start(): Promise<KillablePostgres> {
    const dataDir = mkdtempSync(join(tmpdir(), 'soak-postgres-'));
    chmodSync(dataDir, 0o711);
    afterThisTest(() => Promise.resolve(rmSync(dataDir, { recursive: true, force: true })));
    const server = await startEmbeddedPostgres({ dataDir });
    afterThisTest(() => server.stop());
    return new KillablePostgres(server);
  }

  get url(): string {
    return this.server.url;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** As a power cut: no goodbye, and a recovery. Whoever uses the server starts it again. */
  async kill(): Promise<void> {
    const pid = Number(readFileSync(join(this.server.folder, 'cluster', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await until(
      () =>
        this.query('SELECT 1').then(
          () => true,
          () => false,
        ),
      (isBack) => isBack,
      30_000,
    );
  }
}
