import type { ClientBase } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from '#migrations';
import type { Settings } from '#settings';
import { impatientSocket } from './impatient-socket.js';
import { diskFull, readOnly } from './unreachable.js';
import { WriteRefusals } from './write-refusals.js';

/**
 * How every process of the gateway connects to Postgres. A statement that waits for a lock or runs for ever would hold one of
 * few connections, so both have a time limit. If no answer came by then, the server is gone. Idle connections are closed before
 * their silence could be mistaken for that.
 */
export function connectionOptions(settings: Settings, url: string, refusals = new WriteRefusals()): DataSourceOptions {
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
      ...sessionLimits(settings),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => impatientSocket(statementMilliseconds * 1.5),
      onConnect: (client: ClientBase) => watchOver(client, refusals),
    },
  };
}

/** In milliseconds. */
export const sessionLimits = (settings: Settings) => ({
  statement_timeout: settings.databaseStatementTimeoutSeconds * 1_000,
  lock_timeout: settings.databaseLockTimeoutSeconds * 1_000,
  idle_in_transaction_session_timeout: 60_000,
});

/** pg's own pool uses these as well, but its types do not declare them. */
interface Wired {
  readonly connection: NodeJS.EventEmitter;
  end(): Promise<void>;
}

function watchOver(client: ClientBase, refusals: WriteRefusals): void {
  // Between the pool and TypeORM nobody listens for a moment, and an error without a listener would end the process. Whoever
  // gets such a connection sees the error at its first query.
  client.on('error', () => undefined);
  // A session on a server that became read-only stays read-only, even when the server at that address takes writes again.
  const wired = client as unknown as Wired;
  wired.connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === readOnly || code === diskFull) refusals.note();
    if (code === readOnly) void wired.end().catch(() => undefined);
  });
}
