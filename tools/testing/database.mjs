// The server of a run: the one TEST_DATABASE_URL names, else an embedded one without durability. A template database is
// migrated once; each test clones it, which takes a few hundredths of a second.
import pg from 'pg';
import { nameOfRun } from './run-folder.mjs';

const quick = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** What tests must know of it, as environment; and how it ends. */
export async function startDatabase(folder) {
  const { connectionOptions, migrate, startEmbeddedPostgres } = await import('../../dist/libs/database/src/index.js');
  const { DataSource } = await import('typeorm');
  const given = process.env.TEST_DATABASE_URL;
  const embedded = given ? undefined : await startEmbeddedPostgres({ dataDir: folder, settings: quick });
  const server = given ?? embedded.url;
  const prefix = `wechat_gateway_test_${nameOfRun(folder)}_`;
  const template = `${prefix}template`;
  // A password proven in one round instead of four thousand, for each of the some ten connections of a test.
  if (embedded)
    await asking(server, async (client) => {
      await client.query('SET scram_iterations = 1');
      await client.query(`ALTER ROLE CURRENT_USER PASSWORD '${new URL(server).password}'`);
    });
  await asking(server, (client) => client.query(`CREATE DATABASE ${template}`)).catch((error) => {
    throw new Error(
      `The database of TEST_DATABASE_URL does not answer (${error.message}); start it, or unset the variable to use an embedded one`,
    );
  });
  const url = Object.assign(new URL(server), { pathname: `/${template}` }).href;
  const settings = { databasePoolSize: 2, databaseStatementTimeoutSeconds: 30, databaseLockTimeoutSeconds: 3 };
  const database = await new DataSource(connectionOptions(settings, url)).initialize();
  try {
    await migrate(database, 3);
  } catch (error) {
    await database.destroy();
    await asking(server, (client) => dropAll(client, prefix));
    throw error;
  }
  await database.destroy();

  return {
    env: {
      TEST_SERVER_URL: server,
      TEST_DATABASE_PREFIX: prefix,
      TEST_TEMPLATE: template,
      // Copying files is quickest where nothing is flushed; on a durable server it would wait for two checkpoints.
      TEST_CLONE_STRATEGY: embedded ? 'file_copy' : 'wal_log',
    },
    /** False when a test left a connection to the embedded server open. */
    end: async () => {
      if (embedded) return embedded.stop();
      await asking(server, (client) => dropAll(client, prefix));
      return true;
    },
  };
}

async function dropAll(client, prefix) {
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

async function asking(url, ask) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
