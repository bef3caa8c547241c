import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A server for databases that live as long as a measurement: the one that `url` names, else an embedded one as durable as in production. */
export async function temporaryServer(url) {
  const server = url ? { url, stop: async () => {} } : await embeddedServer();
  const ask = async (sql) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  let made = 0;
  return {
    stop: server.stop,
    freshDatabase: async () => {
      const name = `wechat_gateway_temporary_${process.pid}_${made++}`;
      await ask(`CREATE DATABASE ${name}`);
      return {
        url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href,
        drop: () => ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      };
    },
  };
}

async function embeddedServer() {
  const { startEmbeddedPostgres } = await import('../dist/libs/database/src/index.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'wechat-gateway-temporary-'));
  // Run by root, the server runs under another account, which must be able to pass through.
  chmodSync(dataDir, 0o711);
  const forget = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const { url, stop } = await startEmbeddedPostgres({ dataDir, warn: () => {} });
    return { url, stop: () => stop().finally(forget) };
  } catch (error) {
    forget();
    throw error;
  }
}
