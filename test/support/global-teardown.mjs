import { rmSync } from 'node:fs';
import pg from 'pg';

export default async function tearDown() {
  const admin = new pg.Client({ connectionString: process.env.TEST_SERVER_URL });
  await admin.connect();
  await admin.query(`DROP DATABASE ${process.env.TEST_TEMPLATE} WITH (FORCE)`);
  await admin.end();
  if (!globalThis.embeddedServer) return;
  await globalThis.embeddedServer.stop();
  rmSync(globalThis.embeddedServer.dataDir, { recursive: true, force: true });
}
