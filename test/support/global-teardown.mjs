import { rmSync } from 'node:fs';
import pg from 'pg';

export default async function tearDown() {
  const admin = new pg.Client({ connectionString: process.env.TEST_SERVER_URL });
  await admin.connect();
  await admin.query(`DROP DATABASE ${process.env.TEST_TEMPLATE} WITH (FORCE)`);
  await admin.end();
  if (!globalThis.embeddedServer) return;
  if (!(await globalThis.embeddedServer.stop()))
    throw new Error('A test left a connection open: the embedded server is still in use');
  rmSync(globalThis.embeddedServer.dataDir, { recursive: true, force: true });
}
