// Proves: while the database's disk is full, pushes are refused in time and tokens are served; with space it goes on by itself, and nothing acknowledged is lost. At most 10 minutes. Needs root and mount, and PostgreSQL's own programs (pg_basebackup).
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from '../support/cleanup.js';
import { until } from '../support/until.js';
import { LoadedHouse } from './loaded-house.js';
import { Server, systemUser, folderForServers } from './postgres.js';
import { spread } from './probes.js';
import { sized } from './size.js';

const minutes = 60_000;
const fullSeconds = sized({ quick: 8, full: 40 });

/** A file system in memory, as large as a disk that was planned too small. */
class SmallDisk {
  private constructor(readonly folder: string) {}

  static mount(name: string, megabytes: number): SmallDisk {
    const folder = join(folderForServers(), name);
    mkdirSync(folder);
    const owner = systemUser ? `,uid=${systemUser.uid},gid=${systemUser.gid}` : '';
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700${owner}`, 'tmpfs', folder]);
    afterThisTest(() => Promise.resolve(execFileSync('umount', [folder])));
    return new SmallDisk(folder);
  }

  /** To the last byte, also where the server gives some back. */
  fill(): void {
    const file = openSync(this.ballast, 'a');
    try {
      for (let bytes = 2 ** 20; bytes >= 512;)
        try {
          writeSync(file, Buffer.alloc(bytes));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          bytes /= 2;
        }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.ballast, { force: true });
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}

describe('A database whose disk is full', () => {
  it.each(['tables', 'log'] as const)(
    'with its %s refuses pushes in time, serves tokens, and goes on by itself',
    async (which) => {
      const disks = { tables: SmallDisk.mount('tables', 256), log: SmallDisk.mount('log', 64) };
      const server = await Server.start({
        folder: disks.tables.folder,
        initdb: ['--waldir', disks.log.folder, '--wal-segsize=1'],
        options: '-c min_wal_size=2MB -c max_wal_size=8MB',
      });
      const house = await LoadedHouse.start(server);
      const probes = await house.begin();
      const refusals = (since: number) => probes.since(since, 'push').filter(({ status }) => status !== 200);

      const began = Date.now();
      disks[which].fill();
      await until(
        () => refusals(began),
        (refused) => refused.length > 0,
        2 * minutes,
      );
      const full = Date.now();
      for (const end = full + fullSeconds * 1_000; Date.now() < end; await pause(100)) disks[which].fill();
      const during = probes.since(began, 'push');
      const ready = probes.since(full + 2_000, 'ready');
      disks[which].free();
      // A service manager starts a server that ended.
      const ended = !(await server.answers());
      if (ended) await server.start();
      const freed = Date.now();
      const accepted = await until(
        () => probes.allTakePushesSince(freed),
        (moment) => moment !== undefined,
        minutes,
      );
      await until(
        () => house.areOk(),
        (areOk) => areOk,
        minutes,
      );
      const ok = Date.now();

      const tokens = probes.since(began, 'token').filter(({ at }) => at < freed);
      const states = new Map<string, number>();
      for (const { status, said } of ready) states.set(`${status} ${said}`, (states.get(`${status} ${said}`) ?? 0) + 1);
      const counts = {
        refused: refusals(began).length,
        accepted: during.length - during.filter(({ status }) => status !== 200).length,
      };
      console.log(
        `${which}: ${JSON.stringify({
          panics: server.log.split('PANIC').length - 1,
          ended,
          ...counts,
          push: spread(during),
          token: spread(tokens),
          states: [...states],
          secondsUntilPushes: ((accepted ?? Number.NaN) - freed) / 1_000,
          secondsUntilReady: (ok - freed) / 1_000,
        })}`,
      );
      expect(refusals(began).filter(({ status, said }) => !(status === 503 && said.includes('storage_unavailable')))).toEqual([]);
      expect(spread(during).longest).toBeLessThan(5_000);
      expect(tokens.filter(({ status }) => status !== 200)).toEqual([]);
      expect([...states.keys()].filter((state) => !state.startsWith('200 {"status":"degraded"'))).toEqual([]);
      expect((accepted ?? 0) - freed).toBeLessThan(15_000);

      await house.turnsOfEach(2);
      await house.end();
      expect(await probes.lost((sql, values) => server.query(sql, values))).toEqual([]);
    },
    6 * minutes,
  );
});
