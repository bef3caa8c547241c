// Proves: a dump restored under living replicas, or while all are stopped, revives no dead token, skips no event in silence, and sends nothing twice. At most 15 minutes. Needs PostgreSQL's own programs (pg_basebackup).
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { pushedApp } from '../load/world.js';
import { productionEnv } from '../support/gateway.js';
import { TestProcess } from '../support/process.js';
import { until } from '../support/until.js';
import type { Replica } from './fleet.js';
import { LoadedHouse } from './loaded-house.js';
import { Server, folderForServers, queryAt } from './postgres.js';
import { sized } from './size.js';

const minutes = 60_000;
const turns = sized({ quick: 2, full: 6 });

/** A database of that server that can be dumped, and restored in some way. */
class Dumped {
  readonly url: string;
  private readonly dump = join(folderForServers(), 'gateway.dump');

  constructor(private readonly server: Server) {
    this.url = Object.assign(new URL(server.url), { pathname: '/gateway' }).href;
  }

  static async make(): Promise<Dumped> {
    const server = await Server.start();
    await server.query('CREATE DATABASE gateway');
    return new Dumped(server);
  }

  readonly query = <Row extends object>(sql: string, values?: unknown[]): Promise<Row[]> =>
    queryAt<Row & Record<string, unknown>>(this.url, sql, values);

  async take(): Promise<void> {
    await this.server.run('pg_dump', '-Fc', '-f', this.dump, this.url);
  }

  /** Into a database beside it, which then takes its name. */
  async swap(): Promise<void> {
    await this.server.query('CREATE DATABASE restored');
    await this.restoreTo(Object.assign(new URL(this.url), { pathname: '/restored' }).href);
    await this.server.query('ALTER DATABASE gateway ALLOW_CONNECTIONS false');
    await this.server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gateway'");
    // As long as a person takes for the next line.
    await pause(1_000);
    await until(
      () =>
        this.server.query('ALTER DATABASE gateway RENAME TO former').then(
          () => true,
          () => false,
        ),
      (isDone) => isDone,
    );
    await this.server.query('ALTER DATABASE restored RENAME TO gateway');
  }

  /** Over what is there, in one transaction; whoever uses it meanwhile may be in the way. */
  async overwrite(): Promise<void> {
    await until(
      () =>
        this.restoreTo(this.url, '--clean', '--if-exists', '--single-transaction').then(
          () => '',
          (error: Error) => error.message,
        ),
      (complaint) => complaint === '',
      2 * minutes,
    );
  }

  /** While nobody uses it. */
  async makeAnew(): Promise<void> {
    await this.server.query('DROP DATABASE gateway');
    await this.server.query('CREATE DATABASE gateway');
    await this.restoreTo(this.url);
  }

  private restoreTo(url: string, ...how: string[]): Promise<void> {
    return this.server.run('pg_restore', ...how, '-d', url, this.dump);
  }
}

type Way = 'swap' | 'overwrite' | 'makeAnew';

describe('A dump that is restored', () => {
  it.each<[string, Way]>([
    ['beside a database in use, and takes its place', 'swap'],
    ['over a database in use, in one transaction', 'overwrite'],
    ['while all replicas are stopped, who are told by npm run after-restore', 'makeAnew'],
  ])(
    '%s: no dead token, no event skipped without a 410, nothing sent twice',
    async (_, way) => {
      const database = await Dumped.make();
      const house = await LoadedHouse.start(database);
      const { wechat, fleet, load, classic, world } = house;
      const probes = await house.begin();
      await house.turnsOfEach(turns);
      const [doomed = '', ...others] = classic;
      const tokensOf = (appid: string) => Promise.all(fleet.replicas.map((replica) => fleet.read(appid, replica)));
      const former = (await fleet.read(doomed)).token;
      const { id: revoked } = await fleet.admin<{ id: string }>('POST', '/api-keys', {
        name: 'to be revoked',
        appids: '*',
        scopes: ['users:read'],
      });

      const dumped = Date.now();
      await database.take();

      // All of what comes now is lost: deaths of tokens, the end of a key, messages, events and what became of them.
      await house.turnsOfEach(turns);
      await world.admin('DELETE', `/api-keys/${revoked}`, { expect: [204] });
      await wechat.control('POST', `/apps/${doomed}/kill-tokens`, { line: 'classic' });
      const latest = await until(
        () => fleet.reject(doomed, former),
        ({ status, token }) => status === 200 && token !== former,
        90_000,
      );
      await until(
        () => tokensOf(doomed),
        (answers) => answers.every(({ token }) => token === latest.token),
      );
      const { body: page } = await world.ask('GET', `/v1/apps/${pushedApp}/events?limit=5`);
      const fetches = await wechat.calls('/cgi-bin/token');
      await load.end();
      house.expectNoFault();

      const began = Date.now();
      let gone = began;
      if (way !== 'makeAnew') {
        await database[way]();
        gone = Date.now();
      } else {
        const stopped = fleet.replicas.splice(0);
        for (const [number, { process }] of stopped.entries()) {
          house.balancer.expectGone(`replica ${number}`);
          expect(await process.end('SIGTERM')).toBe(0);
          house.balancer.remove(`replica ${number}`);
        }
        await database.makeAnew();
        const told = TestProcess.start('dist/apps/gateway/src/after-restore.js', { env: productionEnv(database.url) });
        expect([await told.exit(), told.output]).toEqual([0, expect.stringContaining('knows that it was restored')]);
        gone = Date.now();
        const started: Replica[] = [];
        for (const number of stopped.keys()) {
          started.push(await fleet.add());
          house.balancer.add(`replica ${number}`, started.at(-1)?.url ?? '');
        }
      }
      const accepted = await until(
        () => probes.allTakePushesSince(gone),
        (moment) => moment !== undefined,
        minutes,
      );
      await pause(1_000 - Math.min(1_000, Date.now() - gone));
      // A second later: each is one that WeChat takes, or none.
      for (const appid of [doomed, ...others])
        for (const { status, token, code } of await tokensOf(appid)) {
          expect([status === 200 ? '' : code, ...(status === 200 ? [await wechat.takes(token)] : [])]).toEqual(
            status === 200 ? ['', true] : [expect.stringMatching(/token_pending|storage_unavailable/)],
          );
          expect(token).not.toBe(former);
        }
      await until(
        () => house.areOk(),
        (areOk) => areOk,
        minutes,
      );
      const ok = Date.now();
      const tokens = await until(
        () => tokensOf(doomed),
        (answers) => answers.every(({ status }) => status === 200),
        minutes,
      );
      for (const { token } of tokens) expect([token === former, await wechat.takes(token)]).toEqual([false, true]);
      const refused = await until(
        () => world.ask('GET', `/v1/apps/${pushedApp}/events?cursor=${String(page.resume_cursor)}`, { expect: [410] }),
        () => true,
      );
      expect(refused.body.code).toBe('cursor_of_another_time');
      const logs = fleet.replicas.map(({ process }) => process.output).join('');
      if (way !== 'makeAnew') expect(logs).toMatch(new RegExp(`"level":(50|"error").*${revoked}.*works again`));

      if (way !== 'makeAnew')
        expect(
          probes
            .since(began, 'push')
            .filter(({ status, said }) => status !== 200 && !(status === 503 && said.includes('storage_unavailable'))),
        ).toEqual([]);

      probes.forget(dumped, gone);
      await load.lose(dumped);
      load.begin();
      await house.turnsOfEach(turns);
      await house.end();
      expect(await probes.lost((sql, values) => database.query(sql, values))).toEqual([]);
      expect(house.following.returns).toBe(1);
      console.log(
        `${way}: the restore took ${(gone - began) / 1_000} s; all took pushes ${((accepted ?? Number.NaN) - gone) / 1_000} s after it, ` +
          `all were ready after ${(ok - gone) / 1_000} s; classic tokens were fetched ${(await wechat.calls('/cgi-bin/token')) - fetches} times`,
      );
    },
    6 * minutes,
  );
});
