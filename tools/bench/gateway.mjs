import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';

const main = fileURLToPath(new URL('../../dist/apps/gateway/src/main.js', import.meta.url));
/** Against a start that hangs; on an idle machine it takes two or three. */
const startSeconds = 180;

/** The gateway as an operator runs it: production settings, logging on. `profileDir` gets a CPU profile when it stops. */
export async function startGateway({ databaseUrl, masterKey, profileDir, env = {} }) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const adminToken = randomBytes(32).toString('hex');
  const profiling = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
  const settings = {
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    DATABASE_URL: databaseUrl,
    MASTER_KEY: masterKey.toString('base64'),
    ADMIN_TOKEN: adminToken,
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'info',
    // Nothing measured here asks WeChat: this port refuses.
    WECHAT_API_URL: 'http://127.0.0.1:9',
  };
  const running = startChild([...profiling, main], { env: { ...settings, ...env } });

  const ask = async (path, { method = 'GET', headers = {}, body } = {}) => {
    const answer = await fetch(url + path, { method, headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  const admin = async (path, body) => {
    const headers = { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) };
    const { status, text } = await ask(`/admin/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers,
      body: body && JSON.stringify(body),
    });
    if (status >= 300) throw new Error(`${path} answers ${status}: ${text}`);
    return JSON.parse(text);
  };
  try {
    await ready(running, ask);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { name: 'gateway', url, databaseUrl, masterKey, ask, admin, stop: running.stop, cpuMicroseconds: () => cpuOf(ask) };
}

async function ready(running, ask) {
  for (const end = Date.now() + startSeconds * 1_000; Date.now() < end; await passed(50)) {
    if (running.hasEnded) throw new Error('The gateway ended before it was ready');
    const { status } = await ask('/health/ready').catch(() => ({ status: 0 }));
    if (status === 200) return;
  }
  throw new Error(`The gateway was not ready within ${startSeconds} s`);
}

/** As the gateway itself counts it, user and system together. */
async function cpuOf(ask) {
  const { text } = await ask('/metrics');
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]) * 1e6;
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
