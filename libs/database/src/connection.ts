import type { DataSourceOptions } from 'typeorm';
import { migrations } from '#migrations';
import type { Settings } from '#settings';
import { impatientSocket } from './impatient-socket.js';

/**
 * How every process of the gateway talks to Postgres. A statement that waits for a lock or runs for ever would hold one
 * of few connections, so both end by themselves; and where we have not heard of it by then, nobody is there. Idle
 * connections are closed before their silence could be taken for that.
 */
export function connectionOptions(settings: Settings, url: string): DataSourceOptions {
  const statementMilliseconds = settings.databaseStatementTimeoutSeconds * 1_000;
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
      idleTimeoutMillis: Math.min(30_000, statementMilliseconds),
      statement_timeout: statementMilliseconds,
      lock_timeout: settings.databaseLockTimeoutSeconds * 1_000,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => impatientSocket(statementMilliseconds * 1.5),
    },
  };
}
