// The connection to Postgres: its options, the server of our own where none is configured, the schema brought up to date.
export { type DatabaseHealth, Database, PoolerRefused } from './database.js';
export { DatabaseModule } from './database.module.js';
export { connectionOptions } from './connection.js';
export { isUnreachable } from './unreachable.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.js';
export { platform as embeddedPlatform } from './embedded/binaries.js';
export { upgradeEmbeddedPostgres } from './embedded/upgrade.js';
export { EmbeddedPostgresUnavailable } from './embedded/unavailable.js';
export { migrate } from './schema.js';
