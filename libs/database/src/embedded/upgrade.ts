import { chownSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Settings } from '#settings';
import { DataSource } from 'typeorm';
import { connectionOptions } from '../connection.js';
import { migrate } from '../schema.js';
import { type Binaries, findBinaries, majorOf } from './binaries.js';
import { clusterVersion, dataIn, ensureCluster, passwordOf, superuser } from './cluster.js';
import { clusterIn, findHome, type Home } from './home.js';
import { isRunning, readPostmaster } from './postmaster.js';
import { ServerLog } from './server-log.js';
import { Server, freePort } from './server.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

export interface Upgraded {
  readonly from: string;
  readonly to: string;
  readonly tables: number;
  readonly rows: number;
  /** The folder of the former cluster, which is kept. */
  readonly kept: string;
}

interface Upgrade {
  readonly settings: Settings;
  readonly database?: string;
  /** Gives the folder of the programs of a former major version. */
  readonly programsOf: (major: string, into: string) => Promise<string>;
  readonly say: (line: string) => void;
}

const startMilliseconds = 60_000;
const tables = `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' ORDER BY 1`;

/**
 * Moves the embedded database to the major version of this release. Both servers run side by side, the schema is brought to the
 * same state in both, and each table is copied in one snapshot and compared. The former cluster is kept. Does nothing if the
 * versions are equal.
 */
export async function upgradeEmbeddedPostgres({
  settings,
  database = 'gateway',
  programsOf,
  say,
}: Upgrade): Promise<Upgraded | undefined> {
  const home = findHome(settings.dataDir, say);
  const binaries = await findBinaries(home);
  const [from, to] = [clusterVersion(home), await majorOf(binaries, home)];
  if (from === to) return undefined;
  const postmaster = readPostmaster(dataIn(home));
  if (postmaster && isRunning(postmaster, dataIn(home)))
    throw new EmbeddedPostgresUnavailable(`The database in ${home.folder} is in use: stop the gateway first`);

  const draft: Home = { ...home, folder: join(home.folder, `upgrade-${to}`) };
  rmSync(draft.folder, { recursive: true, force: true });
  mkdirSync(draft.folder, { mode: 0o711 });
  if (home.user) chownSync(draft.folder, home.user.uid, home.user.gid);
  const former = await findBinaries(draft, await programsOf(from, draft.folder));
  await ensureCluster(draft, () => Promise.resolve(binaries));
  say(`PostgreSQL ${from} and ${to} run side by side`);
  const running: RunningServer[] = [];
  let copied: { tables: number; rows: number };
  try {
    for (const [programs, at] of [
      [former, home],
      [binaries, draft],
    ] as const)
      running.push(await RunningServer.start(programs, at, database));
    const [old, fresh] = running as [RunningServer, RunningServer];
    for (const server of running) await bringUp(settings, server.url);
    copied = await copyAll(old, fresh, draft, say);
  } finally {
    for (const server of running) await server.stop();
  }
  const kept = `${clusterIn(home.folder)}-${from}`;
  rmSync(kept, { recursive: true, force: true });
  renameSync(clusterIn(home.folder), kept);
  renameSync(clusterIn(draft.folder), clusterIn(home.folder));
  rmSync(draft.folder, { recursive: true, force: true });
  return { from, to, ...copied, kept };
}

/** A server that only this process uses. */
class RunningServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start({ postgres }: Binaries, home: Home, database: string): Promise<RunningServer> {
    const port = await freePort();
    const log = new ServerLog(home);
    const server = await Server.start({ postgres, port, data: dataIn(home), settings: {}, home, log });
    const at = (name: string): string =>
      `postgres://${superuser}:${passwordOf(home)}@127.0.0.1:${port}/${encodeURIComponent(name)}`;
    const deadline = performance.now() + startMilliseconds;
    for (;;) {
      try {
        await asking(at('postgres'), async (client) => {
          const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
          if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
        });
        return new RunningServer(server, at(database));
      } catch (error) {
        if (server.hasEnded || performance.now() > deadline) {
          await server.abort();
          throw new EmbeddedPostgresUnavailable(
            `The server in ${home.folder} does not start: ${server.complaint ?? log.lastWords()}`,
            { cause: error },
          );
        }
        await pause(50);
      }
    }
  }

  ask<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return asking(this.url, work);
  }

  /** An orderly stop, so that everything is on the disk. */
  stop(): Promise<void> {
    return this.server.end('SIGINT');
  }
}

async function asking<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Brings the schema to the state of this release: the copy needs the same tables and columns on both sides. */
async function bringUp(settings: Settings, url: string): Promise<void> {
  const source = await new DataSource(connectionOptions(settings, url)).initialize();
  await migrate(source, settings.databaseLockTimeoutSeconds).finally(() => source.destroy());
}

/** Copies through files of the servers' user, in one snapshot of the old and one transaction of the new database. */
function copyAll(
  old: RunningServer,
  fresh: RunningServer,
  { folder }: Home,
  say: (line: string) => void,
): Promise<{ tables: number; rows: number }> {
  const file = join(folder, 'table.copy');
  return old.ask((from) =>
    fresh.ask(async (to) => {
      await from.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await to.query('BEGIN');
      // Triggers do not run: the rows that they would write are copied as well.
      await to.query('SET LOCAL session_replication_role = replica');
      const names = (await from.query<{ name: string }>(tables)).rows.map(({ name }) => name);
      await to.query(`TRUNCATE ${names.join(', ')}`);
      let rows = 0;
      for (const name of names) {
        const columns = await columnsOf(from, name);
        await from.query(`COPY (SELECT ${columns} FROM ${name}) TO '${file}' (FORMAT binary)`);
        await to.query(`COPY ${name} (${columns}) FROM '${file}' (FORMAT binary)`);
        const [before, after] = [await sumOf(from, name, columns), await sumOf(to, name, columns)];
        if (before !== after)
          throw new EmbeddedPostgresUnavailable(`Table ${name} was not copied faithfully: ${before}, then ${after}`);
        rows += Number(before.split(' ')[0]);
      }
      await moveSequences(from, to);
      await to.query('COMMIT');
      rmSync(file, { force: true });
      say(`${names.length} tables with ${rows} rows were copied and compared`);
      return { tables: names.length, rows };
    }),
  );
}

async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  return rows[0]?.columns ?? '';
}

/** The number of rows, and a sum over their contents. */
async function sumOf(client: pg.Client, table: string, columns: string): Promise<string> {
  const { rows } = await client.query<{ sum: string }>(
    `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(ROW(${columns})::text, 0)::numeric), 0) AS sum FROM ${table}`,
  );
  return rows[0]?.sum ?? '';
}

async function moveSequences(from: pg.Client, to: pg.Client): Promise<void> {
  const { rows } = await from.query<{ name: string; last: string | null }>(
    `SELECT format('public.%I', sequencename) AS name, last_value AS last FROM pg_sequences WHERE schemaname = 'public'`,
  );
  for (const { name, last } of rows) if (last !== null) await to.query('SELECT setval($1::regclass, $2)', [name, last]);
}
