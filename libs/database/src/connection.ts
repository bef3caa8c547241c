import type { DataSourceOptions } from 'typeorm';
import { migrations } from '#migrations';
import type { Settings } from '#settings';

/**
 * How every process of the gateway talks to Postgres. A statement that waits for a lock or runs for ever would hold one
 * of few connections, so both end by themselves.
 */
export function connectionOptions(settings: Settings, url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'wechat-gateway',
    migrations: [...migrations],
    migrationsTableName: 'migration',
    entities: [],
    logging: false,
    connectTimeoutMS: 5_000,
    extra: {
      max: settings.databasePoolSize,
      idleTimeoutMillis: 30_000,
      statement_timeout: settings.databaseStatementTimeoutSeconds * 1_000,
      lock_timeout: settings.databaseLockTimeoutSeconds * 1_000,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
    },
  };
}
