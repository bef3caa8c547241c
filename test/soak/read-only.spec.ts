// Proves: a database that takes no writes for a while, by a setting or since a standby answers in its place, is written to again at once, and nothing acknowledged is lost. At most 10 minutes. Needs PostgreSQL's own programs (pg_basebackup).
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';
import { LoadedHouse } from './loaded-house.js';
import { Pair } from './pair.js';
import { spread } from './probes.js';
import { sized } from './size.js';

const minutes = 60_000;
const seconds = sized({ quick: 8, full: 40 });

describe('A database that takes no writes for a while', () => {
  it.each(['a setting', 'a standby'] as const)(
    'by %s refuses pushes in time, serves tokens, and is written to at once when it may be',
    async (cause) => {
      const pair = await Pair.start();
      const { primary, standby } = pair;
      const house = await LoadedHouse.start(primary);
      const { proxy } = house.fleet;
      const probes = await house.begin();
      const set = async (word: 'on' | 'off'): Promise<void> => {
        await primary.query(`ALTER SYSTEM SET default_transaction_read_only = ${word}`);
        await primary.query('SELECT pg_reload_conf()');
      };
      const sessionsOnStandby = async (): Promise<number> =>
        (await standby.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'wechat-gateway'")).length;

      const began = Date.now();
      if (cause === 'a setting') await set('on');
      else {
        // The address leads there now; whoever was connected is cut off.
        proxy.retarget(standby.url);
        proxy.cut();
        proxy.mend();
      }
      await pause(seconds * 1_000);
      const refused = probes.since(began, 'push').filter(({ status }) => status !== 200);
      const states = probes.since(began + 3_000, 'ready').map(({ status, said }) => `${status} ${said}`);
      if (cause === 'a setting') await set('off');
      // Connections to the standby stay.
      else proxy.retarget(primary.url);
      const writable = Date.now();
      const accepted = await until(
        () => probes.allTakePushesSince(writable),
        (moment) => moment !== undefined,
        minutes,
      );
      await until(
        () => house.areOk(),
        (areOk) => areOk,
        minutes,
      );
      const ok = Date.now();
      if (cause === 'a standby') await until(sessionsOnStandby, (count) => count === 0, minutes);
      const left = Date.now();

      const pushes = probes.since(began, 'push');
      const tokens = probes.since(began, 'token').filter(({ at }) => at < writable);
      console.log(
        `${cause}: ${JSON.stringify({
          refused: refused.length,
          push: spread(pushes),
          token: spread(tokens),
          states: [...new Set(states)],
          secondsUntilPushes: ((accepted ?? Number.NaN) - writable) / 1_000,
          secondsUntilReady: (ok - writable) / 1_000,
          secondsUntilNoSessionOnStandby: (left - writable) / 1_000,
        })}`,
      );
      expect(refused.length).toBeGreaterThan(0);
      expect(
        pushes.filter(({ status, said }) => status !== 200 && !(status === 503 && said.includes('storage_unavailable'))),
      ).toEqual([]);
      expect(spread(pushes).longest).toBeLessThan(5_000);
      expect(tokens.filter(({ status }) => status !== 200)).toEqual([]);
      expect(states.filter((state) => !state.startsWith('200 {"status":"degraded"'))).toEqual([]);
      // From then on none is refused: no session is left that remembers.
      const refusedLater = probes.since(writable + 5_000, 'push').filter(({ status }) => status !== 200);
      expect(refusedLater).toEqual([]);
      expect((accepted ?? 0) - writable).toBeLessThan(5_000);

      await house.turnsOfEach(2);
      expect(await primary.query('SELECT 1 FROM epoch WHERE number = 1')).toHaveLength(1);
      await house.end();
      expect(await probes.lost((sql, values) => primary.query(sql, values))).toEqual([]);
    },
    6 * minutes,
  );
});
