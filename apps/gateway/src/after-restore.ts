// `npm run after-restore` tells a restored database that it was restored, before a gateway serves it. Replicas that run notice
// by themselves that the database went back in time, but if all were stopped, nobody knows.
import 'reflect-metadata';
import { beginEpoch } from '#changes';
import { connectionOptions, migrate, startEmbeddedPostgres } from '#database';
import { SettingsRefused, isGiven, readSettings } from '#settings';
import { DataSource } from 'typeorm';
import { environment } from './process-settings.js';

async function tell(): Promise<void> {
  const env = environment();
  // The form of `npm start` knows its own database.
  const settings = readSettings(env, { local: !isGiven(env, 'DATABASE_URL') });
  const server = settings.databaseUrl ? undefined : await startEmbeddedPostgres({ dataDir: settings.dataDir });
  const database = new DataSource(connectionOptions(settings, settings.databaseUrl ?? server?.url ?? ''));
  try {
    await database.initialize();
    await migrate(database, settings.databaseLockTimeoutSeconds);
    await beginEpoch(database);
    console.log(
      'Done: the database knows that it was restored. At the next start tokens are fetched again, and cursors from before are refused (410).',
    );
  } finally {
    if (database.isInitialized) await database.destroy();
    await server?.stop();
  }
}

try {
  await tell();
} catch (error) {
  console.error(error instanceof SettingsRefused ? error.message : `The database could not be told: ${(error as Error).message}`);
  process.exitCode = 1;
}
