// One server for the whole run: the one TEST_DATABASE_URL names, else an embedded one without durability. A template
// database is migrated once; each test clones it, which takes a few hundredths of a second.
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { connectionOptions, migrate, startEmbeddedPostgres } from '../../dist/libs/database/src/index.js';

const quick = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export default async function setUp() {
  let server = process.env.TEST_DATABASE_URL;
  if (!server) {
    const dataDir = mkdtempSync(join(tmpdir(), 'wechat-gateway-test-'));
    // Run by root, the server runs under another account, which must be able to pass through.
    chmodSync(dataDir, 0o711);
    globalThis.embeddedServer = { dataDir, ...(await startEmbeddedPostgres({ dataDir, settings: quick, warn: () => {} })) };
    server = globalThis.embeddedServer.url;
  }
  const template = `wechat_gateway_template_${process.pid}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect().catch((error) => {
    throw new Error(
      `The database of TEST_DATABASE_URL does not answer (${error.message}); start it, or unset the variable to use an embedded one`,
    );
  });
  await admin.query(`CREATE DATABASE ${template}`);
  await admin.end();

  const url = Object.assign(new URL(server), { pathname: `/${template}` }).href;
  const settings = { databasePoolSize: 2, databaseStatementTimeoutSeconds: 30, databaseLockTimeoutSeconds: 3 };
  const database = await new DataSource(connectionOptions(settings, url)).initialize();
  await migrate(database, 3);
  await database.destroy();

  process.env.TEST_SERVER_URL = server;
  process.env.TEST_TEMPLATE = template;
  // Copying files is quickest where nothing is flushed; on a durable server it would wait for two checkpoints.
  process.env.TEST_CLONE_STRATEGY = globalThis.embeddedServer ? 'file_copy' : 'wal_log';
}
