// A process that does nothing but bring a schema up to date, as every gateway does at its start.
import { DataSource } from 'typeorm';
import { connectionOptions, migrate } from '../../dist/libs/database/src/index.js';

const settings = { databasePoolSize: 2, databaseStatementTimeoutSeconds: 30, databaseLockTimeoutSeconds: 3 };
const database = await new DataSource(connectionOptions(settings, process.env.DATABASE_URL)).initialize();
const done = await migrate(database, settings.databaseLockTimeoutSeconds);
await database.destroy();
console.log(`ran ${done.length}.`);
