import { DataSource, type DataSourceOptions, MigrationExecutor } from 'typeorm';

/** Any number does, as long as nobody else on this database uses it. */
const migrationLock = 7_364_012;

/**
 * Runs the pending migrations, each once, whoever else starts at the same moment. The lock lives in the same
 * transaction and connection as the migrations, so that it is released with them even behind a connection pooler;
 * those who come later find nothing left to do.
 */
export async function migrate({ options }: DataSource, lockTimeoutSeconds: number): Promise<string[]> {
  const database = await new DataSource(patient(options)).initialize();
  const runner = database.createQueryRunner();
  try {
    await runner.startTransaction();
    // Waiting for another process's migrations is no fault; waiting for a lock on a table in use is.
    await runner.query(`SET LOCAL lock_timeout = 0`);
    await runner.query(`SET LOCAL statement_timeout = 0`);
    await runner.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await runner.query(`SET LOCAL lock_timeout = '${lockTimeoutSeconds}s'`);
    const done = await new MigrationExecutor(database, runner).executePendingMigrations();
    await runner.commitTransaction();
    return done.map((migration) => migration.name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
    await database.destroy();
  }
}

/** A migration may take its time, and wait for another process's, without a word from the database meanwhile. */
const patient = (options: DataSourceOptions): DataSourceOptions => ({
  ...options,
  entities: [],
  extra: { ...(options.extra as object), stream: undefined, max: 1 },
});

/**
 * Names of migrations this code needs and the database lacks. More than we know is fine: during a rolling upgrade the
 * newer release has migrated already, and every migration leaves the release before it working.
 */
export async function missingMigrations(database: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await database.query('SELECT name FROM migration');
  const there = new Set(rows.map((row) => row.name));
  return database.migrations.map((migration) => migration.name ?? migration.constructor.name).filter((name) => !there.has(name));
}
