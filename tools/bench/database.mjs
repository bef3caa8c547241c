import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A database of this run's own: on the server that DATABASE_URL names, else on an embedded one as durable as in production. */
export async function temporaryDatabase() {
  const server = process.env.DATABASE_URL ? { url: process.env.DATABASE_URL, stop: async () => {} } : await embeddedServer();
  const name = `wechat_gateway_bench_${process.pid}`;
  const ask = async (sql) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  try {
    await ask(`CREATE DATABASE ${name}`);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href,
    drop: () => ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).finally(() => server.stop()),
  };
}

async function embeddedServer() {
  const { startEmbeddedPostgres } = await import('../../dist/libs/database/src/index.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'wechat-gateway-bench-'));
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
