import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterThisTest } from './cleanup.js';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

function setting(name: 'TEST_SERVER_URL' | 'TEST_TEMPLATE' | 'TEST_CLONE_STRATEGY'): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run the tests by "npm test" or "npm run jest", whose set-up provides the database`);
  return value;
}

async function asking<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

/** A database of the test's own, with the whole schema, or `empty` for a test of the migrations. */
export async function freshDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `wechat_gateway_test_${randomBytes(8).toString('hex')}`;
  const server = setting('TEST_SERVER_URL');
  const template = empty ? 'template0' : setting('TEST_TEMPLATE');
  await asking(server, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${setting('TEST_CLONE_STRATEGY')}`),
  );
  afterThisTest(() => asking(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)));
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  return {
    url,
    name,
    query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      asking(url, async (client) => (await client.query<Row>(sql, values)).rows),
  };
}
