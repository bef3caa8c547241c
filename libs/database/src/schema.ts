import { DataSource, type DataSourceOptions, MigrationExecutor } from 'typeorm';

/** Any number that nobody else locks on this database. */
const migrationLock = 7_364_012;

/**
 * Runs the pending migrations, each once, even if several processes start at the same moment. The lock belongs to the
 * transaction of the migrations, so it is released with them even behind a connection pooler. Processes that come later find
 * nothing left to do.
 */
export async function migrate({ options }: DataSource, lockTimeoutSeconds: number): Promise<string[]> {
  const database = await new DataSource(patient(options)).initialize();
  const runner = database.createQueryRunner();
  try {
    await runner.startTransaction();
    // Waiting for another process's migrations is normal. Waiting for a lock on a table in use is a fault.
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

/** A migration may run long, or wait long for another process's, without an answer from the database. */
const patient = (options: DataSourceOptions): DataSourceOptions => ({
  ...options,
  entities: [],
  extra: { ...(options.extra as object), stream: undefined, max: 1 },
});

/**
 * Names of migrations that this code needs and the database lacks. The database may have more: in a rolling upgrade the newer
 * release has migrated already, and every migration leaves the release before it working.
 */
export async function missingMigrations(database: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await database.query('SELECT name FROM migration');
  const there = new Set(rows.map((row) => row.name));
  return database.migrations.map((migration) => migration.name ?? migration.constructor.name).filter((name) => !there.has(name));
}
