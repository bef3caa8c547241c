import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import pg from 'pg';
import { afterThisTest } from './cleanup.js';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

function setting(name: 'TEST_SERVER_URL' | 'TEST_DATABASE_PREFIX' | 'TEST_TEMPLATE' | 'TEST_CLONE_STRATEGY'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by "npm test" or "npm run jest", which provide the database`);
  return value;
}

let server: pg.Pool | undefined;

/** Makes and drops databases, over a few connections for all tests of a file: one costs more than what is asked over it. */
async function ask(sql: string): Promise<void> {
  // A test may end all connections; the next question gets another.
  server ??= new pg.Pool({ connectionString: setting('TEST_SERVER_URL'), max: 2 }).on('error', () => undefined);
  await server.query(sql);
}

afterAll(async () => {
  await server?.end();
  server = undefined;
});

/** A database of the test's own, with the whole schema, or `empty` for a test of the migrations. */
export async function freshDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `${setting('TEST_DATABASE_PREFIX')}${randomBytes(8).toString('hex')}`;
  const template = empty ? 'template0' : setting('TEST_TEMPLATE');
  await ask(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${setting('TEST_CLONE_STRATEGY')}`);
  // Nothing of a test must outlive the server: its commits need not wait for the disk.
  await ask(`ALTER DATABASE ${name} SET synchronous_commit = off`);
  // Nobody waits for it, since it waits for a checkpoint; what a test run does not get done, its end does.
  afterThisTest(() => {
    void ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => undefined);
    return Promise.resolve();
  });
  const url = Object.assign(new URL(setting('TEST_SERVER_URL')), { pathname: `/${name}` }).href;
  // A connection costs more than most questions, and a test that waits asks again and again.
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Tests end connections, these too; the next question gets another.
  pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
  afterThisTest(() => pool.end());
  return {
    url,
    name,
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => (await pool.query<Row>(sql, values)).rows,
  };
}
