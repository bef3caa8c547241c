import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { connectionOptions, migrate } from '#database';
import { migrations } from '#migrations';
import type { Settings } from '#settings';
import { freshDatabase } from './support/database.js';
import { TestGateway } from './support/gateway.js';
import { leavingColumns } from './support/tables.js';
import { until } from './support/until.js';
import { DataSource } from 'typeorm';

describe('The schema', () => {
  it('is what the entities say', async () => {
    const gateway = await TestGateway.start();
    // What columns mean stands in the database alone. TypeORM would rebuild whatever has a meaning that no entity knows.
    await gateway.database.query("DELETE FROM pg_description WHERE classoid = 'pg_class'::regclass");

    const difference = await gateway.gateway.app.get(DataSource).driver.createSchemaBuilder().log();

    // The schema may hold more truth than an entity can tell: checks and foreign keys.
    const leaving = leavingColumns.map((name) => `ALTER TABLE "${name.replace('.', '" DROP COLUMN "')}"`);
    const wanted = difference.upQueries
      .map((query) => query.query)
      .filter((query) => !/^ALTER TABLE "\w+" DROP CONSTRAINT "\w+"$/.test(query) && !leaving.includes(query));
    expect(wanted).toEqual([]);
  });

  it('is made once by twenty that start together', async () => {
    const database = await freshDatabase({ empty: true });
    const settings = { databasePoolSize: 1, databaseStatementTimeoutSeconds: 30, databaseLockTimeoutSeconds: 3 };
    // Each migrates on a connection of its own, as each process does.
    const schema = new DataSource(connectionOptions(settings as Settings, database.url));

    const ran = await Promise.all(Array.from({ length: 20 }, () => migrate(schema, 3)));

    expect(ran.map(({ length }) => length).sort((a, b) => b - a)).toEqual([migrations.length, ...Array<number>(19).fill(0)]);
    expect(await database.query('SELECT name FROM migration')).toHaveLength(migrations.length);
  });

  it('is awaited for longer than any statement may run, while another process makes it', async () => {
    const database = await freshDatabase();
    const other = database.query('SELECT pg_advisory_lock(7364012), pg_sleep(2.5)');
    await until(
      () => database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7364012 AND granted"),
      (locks) => locks.length === 1,
    );

    const gateway = await TestGateway.start({ database, env: { DATABASE_STATEMENT_TIMEOUT_SECONDS: '1' } });
    await other;

    expect(gateway.logged.join('')).not.toContain('Waiting for the database');
  });

  it('can be taken back step by step, to nothing', async () => {
    const gateway = await TestGateway.start();
    const database = gateway.gateway.app.get(DataSource);

    for (const migration of [...migrations].reverse()) {
      const runner = database.createQueryRunner();
      await new migration().down(runner);
      await runner.release();
    }

    const tables = await gateway.database.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    expect(tables.map((table) => table.tablename)).toEqual(['migration']);
  });

  it('leads with the app wherever rows belong to one', async () => {
    const gateway = await TestGateway.start();

    // So that tables can be distributed by app one day. These belong to no app, or grow only with what people do by hand.
    const exempt = [
      'api_key',
      'api_key_use',
      'audit_entry',
      'change',
      'data_key',
      'epoch',
      'idempotent_request',
      'login_rate',
      'migration',
      'upstream_pace',
      'webhook',
    ];
    const keys = await gateway.database.query<{ table: string; first: string }>(
      `SELECT c.relname AS table, a.attname AS first
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indisprimary AND n.nspname = 'public'`,
    );

    expect(keys.filter((key) => !exempt.includes(key.table) && key.first !== 'appid')).toEqual([]);
  });
});
