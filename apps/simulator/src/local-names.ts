import { isIPv4 } from 'node:net';
import { type FastifyInstance } from 'fastify';

/**
 * Every page in the developer's browser can reach the simulator. One whose own name suddenly leads here (DNS rebinding)
 * names it in `Host`; what other pages may send without asking, `Origin` tells. Only the calls of /_sim change
 * anything by themselves: WeChat's own pages are opened from anywhere.
 */
export function serveLocalNamesOnly(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers: { host, origin }, raw }, reply) => {
    const isControl = raw.url?.startsWith('/_sim') ?? false;
    if ((!host || isLocal(`http://${host}`)) && (!isControl || origin === undefined || isLocal(origin))) return undefined;
    const message =
      'The simulator answers only under localhost or a loopback address (127.0.0.1, ::1), and no pages of other hosts';
    return reply.code(403).send({ error: { code: 'host_not_local', message } });
  });
}

const isLocal = (origin: string): boolean => URL.canParse(origin) && isLoopback(new URL(origin).hostname);

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
