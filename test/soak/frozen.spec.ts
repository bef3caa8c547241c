// Proves: while the database answers nothing and closes nothing, tokens and probes are answered at once, pushes in time, and nothing piles up. At most 15 minutes. Needs PostgreSQL's own programs (pg_basebackup).
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';
import { makeApps } from './fleet.js';
import { LoadedHouse, sessionsMax } from './loaded-house.js';
import { Server } from './postgres.js';
import { spread } from './probes.js';
import { sized } from './size.js';

const minutes = 60_000;
const lengths = sized({ quick: [5], full: [5, 30, 60] });
const renewed = 30;

/** A statement that was sent before is given up after fifteen seconds, one that waits for a connection after five. */
const longestMilliseconds = 22_000;

describe('A database that answers nothing and closes nothing', () => {
  it.each(lengths)(
    'for %i s costs no token, no acknowledged push, and leaves nothing behind',
    async (seconds) => {
      const server = await Server.start();
      const house = await LoadedHouse.start(server);
      const { wechat, fleet } = house;
      const appids = await makeApps(wechat, renewed, 100);
      for (const appid of appids) {
        await fleet.register(wechat, appid);
        expect((await fleet.read(appid)).status).toBe(200);
      }
      const calls = () => Promise.all(appids.map((appid) => wechat.calls('/cgi-bin/stable_token', appid)));
      const sessions = async (): Promise<number> =>
        (await server.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'wechat-gateway'")).length;
      const probes = await house.begin();
      const callsBefore = await calls();

      // Some renewals are under way at that moment, and others come to be due.
      await server.query(
        `UPDATE credential SET renew_at = now() + random() * interval '4 seconds' WHERE appid = ANY($1) AND kind = 'access_token'`,
        [appids],
      );
      await pause(1_000);
      const frozen = Date.now();
      server.freeze();
      await pause(seconds * 1_000);
      server.thaw();
      const thawed = Date.now();
      const accepted = await until(
        () => probes.allTakePushesSince(thawed),
        (moment) => moment !== undefined,
        60_000,
      );
      await until(
        () => house.areOk(),
        (areOk) => areOk,
        60_000,
      );
      const ok = Date.now();
      await until(sessions, (count) => count <= sessionsMax, 60_000);
      const settled = Date.now();
      await house.turnsOfEach(2);

      const of = (kind: 'token' | 'push' | 'ready' | 'metrics') => probes.since(frozen, kind).filter(({ at }) => at < thawed);
      const figures = {
        token: spread(of('token')),
        ready: spread(of('ready')),
        metrics: spread(of('metrics')),
        push: spread(of('push')),
        any: house.balancer.longest,
        secondsUntilPushes: ((accepted ?? Number.NaN) - thawed) / 1_000,
        secondsUntilReady: (ok - thawed) / 1_000,
        secondsUntilSessions: (settled - thawed) / 1_000,
      };
      console.log(`${seconds} s: ${JSON.stringify(figures)}`);
      for (const kind of ['token', 'ready', 'metrics'] as const) {
        expect([kind, of(kind).filter(({ status }) => status !== 200)]).toEqual([kind, []]);
        expect([kind, figures[kind].p99 < 500]).toEqual([kind, true]);
      }
      expect(
        of('push').filter(({ status, said }) => status !== 200 && !(status === 503 && said.includes('storage_unavailable'))),
      ).toEqual([]);
      expect(figures.push.longest).toBeLessThan(5_000);
      expect(house.balancer.longest.milliseconds).toBeLessThan(longestMilliseconds);

      // Each once, and once more where its replica had claimed it at that moment.
      const after = await until(calls, (counts) => counts.every((count, place) => count > (callsBefore[place] ?? 0)), 90_000);
      expect(after.filter((count, place) => count > (callsBefore[place] ?? 0) + 2)).toEqual([]);
      await house.end();
      expect(await probes.lost((sql, values) => server.query(sql, values))).toEqual([]);
    },
    6 * minutes,
  );
});
