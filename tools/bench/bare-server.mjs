import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';

/** A server that answers every request with the given JSON and does nothing else: what is left when there is no gateway. */
export async function startBareServer(kind, json) {
  const script = fileURLToPath(new URL(`servers/${kind}.mjs`, import.meta.url));
  const { child, stop } = startChild([script, json], { ipc: true });
  const [{ port }] = await once(child, 'message');
  const cpuMicroseconds = async () => {
    child.send('cpu');
    const [{ user, system }] = await once(child, 'message');
    return user + system;
  };
  return { name: `bare ${kind}`, url: `http://127.0.0.1:${port}`, stop, cpuMicroseconds };
}
