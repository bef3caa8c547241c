// Proves: behind a real PgBouncer in transaction mode the gateway says what it needs, and loses nothing while PgBouncer pauses, restarts and dies. At most 15 minutes. Needs pgbouncer, and PostgreSQL's own programs (pg_basebackup).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from '../support/cleanup.js';
import { productionEnv } from '../support/gateway.js';
import { TestProcess, freePort } from '../support/process.js';
import { until } from '../support/until.js';
import { LoadedHouse } from './loaded-house.js';
import { Server, systemUser, folderForServers, queryAt } from './postgres.js';
import { spread } from './probes.js';
import { sized } from './size.js';

const minutes = 60_000;
const main = 'dist/apps/gateway/src/main.js';
const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path));

class PgBouncer {
  private child: ChildProcess | undefined;
  private readonly folder = folderForServers();

  private constructor(
    private readonly server: Server,
    private readonly port: string,
  ) {}

  static async before(server: Server, ignored = ''): Promise<PgBouncer> {
    const bouncer = new PgBouncer(server, await freePort());
    bouncer.ignore(ignored);
    await bouncer.start();
    afterThisTest(() => bouncer.end('SIGKILL'));
    return bouncer;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** The line that a person adds to its configuration. */
  ignore(line: string): void {
    const users = this.write('users.txt', '"postgres" ""\n');
    this.write(
      'pgbouncer.ini',
      `[databases]
postgres = host=127.0.0.1 port=${this.server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${this.port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
admin_users = postgres
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
${line}
`,
    );
  }

  async start(): Promise<void> {
    if (!program) throw new Error('There is no pgbouncer: install it from the packages of the system');
    this.child = spawn(program, ['-q', join(this.folder, 'pgbouncer.ini')], { stdio: 'ignore', cwd: '/', ...systemUser });
    await until(
      () =>
        this.say('SHOW VERSION').then(
          () => true,
          () => false,
        ),
      (isThere) => isThere,
    );
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  say(command: string): Promise<unknown[]> {
    return queryAt(Object.assign(new URL(this.url), { pathname: '/pgbouncer' }).href, command);
  }

  private write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    if (systemUser) chownSync(file, systemUser.uid, systemUser.gid);
    return file;
  }
}

describe('PgBouncer in transaction mode', () => {
  it(
    'that refuses what a session asks for is named at the start with its cure, and what it drops with its own',
    async () => {
      const server = await Server.start();
      const bouncer = await PgBouncer.before(server);
      const start = (): TestProcess => TestProcess.start(main, { env: { ...productionEnv(bouncer.url), LOG_LEVEL: 'info' } });

      const refused = start();
      expect(await refused.exit()).toBe(1);
      const [line = ''] = /ignore_startup_parameters = [a-z_,]+/.exec(refused.output) ?? [];
      expect(refused.output).toContain('unsupported startup parameter');

      bouncer.ignore(line);
      await bouncer.say('RELOAD');
      const warned = start();
      await warned.says(/"url":"([^"]+)"/);
      expect(warned.output).toContain(`${[...limits].sort().join(', ')} not in force`);
      const cures = [...new Set(warned.output.match(/ALTER ROLE postgres SET [a-z_]+ = '\d+s'/g))];
      expect(cures).toHaveLength(limits.length);
      await warned.end('SIGTERM');

      for (const cure of cures) await server.query(cure);
      await bouncer.say('RECONNECT');
      const cured = start();
      await cured.says(/"url":"([^"]+)"/);
      expect(cured.output).not.toContain('not in force');
      const inForce = await queryAt<{ name: string; setting: string }>(
        bouncer.url,
        `SELECT name, setting FROM pg_settings WHERE name = ANY($1) AND setting <> '0'`,
        [limits],
      );
      expect(inForce).toHaveLength(limits.length);
      await cured.end('SIGTERM');

      // The server is away: nobody has to do anything but start it.
      await server.stop();
      const waiting = start();
      await waiting.says(/(Waiting for the database)/);
      await server.start();
      await waiting.says(/"url":"([^"]+)"/);
      expect(await waiting.end('SIGTERM')).toBe(0);
    },
    3 * minutes,
  );

  it(
    'pauses, restarts and dies under every kind of work, and nothing is lost',
    async () => {
      const rounds = sized({ quick: 1, full: 5 });
      const server = await Server.start();
      for (const limit of limits) await server.query(`ALTER ROLE postgres SET ${limit} = '10s'`);
      const bouncer = await PgBouncer.before(server, `ignore_startup_parameters = ${limits.join(',')}`);
      const house = await LoadedHouse.start({ url: bouncer.url, query: (sql, values) => server.query(sql, values) });
      const probes = await house.begin();
      const back = async (): Promise<number> => {
        const since = Date.now();
        const accepted = await until(
          () => probes.allTakePushesSince(since),
          (moment) => moment !== undefined,
          minutes,
        );
        return ((accepted ?? Number.NaN) - since) / 1_000;
      };

      const began = Date.now();
      const seconds: Record<string, number[]> = { PAUSE: [], RECONNECT: [], SIGTERM: [], SIGKILL: [] };
      for (let round = 0; round < rounds; round++) {
        await bouncer.say('PAUSE');
        await pause(3_000);
        await bouncer.say('RESUME');
        seconds.PAUSE?.push(await back());
        await bouncer.say('RECONNECT');
        seconds.RECONNECT?.push(await back());
        for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
          await bouncer.end(signal);
          await pause(2_000);
          await bouncer.start();
          seconds[signal]?.push(await back());
        }
        await house.turnsOfEach(2);
      }
      await until(
        () => house.areOk(),
        (areOk) => areOk,
        minutes,
      );

      const pushes = probes.since(began, 'push');
      const tokens = probes.since(began, 'token');
      console.log(JSON.stringify({ seconds, push: spread(pushes), token: spread(tokens), any: house.balancer.longest }));
      expect(
        pushes.filter(({ status, said }) => status !== 200 && !(status === 503 && said.includes('storage_unavailable'))),
      ).toEqual([]);
      expect(spread(pushes).longest).toBeLessThan(5_000);
      expect(tokens.filter(({ status }) => status !== 200)).toEqual([]);
      expect(Math.max(...Object.values(seconds).flat())).toBeLessThan(10);
      // It shares out twenty connections, whoever asks.
      const sessions = await server.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'wechat-gateway'");
      expect(sessions.length).toBeLessThanOrEqual(20);
      await house.end();
      expect(await probes.lost((sql, values) => server.query(sql, values))).toEqual([]);
    },
    9 * minutes,
  );
});
