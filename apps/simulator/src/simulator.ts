import Fastify, { type FastifyInstance } from 'fastify';
import { type AddressInfo } from 'node:net';
import { serveControl } from './control-server.js';
import { endpoints } from './endpoints.js';
import { Journal } from './journal.js';
import { isLoopback, serveLocalNamesOnly } from './local-names.js';
import { servePage } from './page.js';
import { type DayLimit } from './quota.js';
import { type Switches } from './switches.js';
import { serveWire } from './wire-server.js';
import { WechatBrowser } from './wechat-browser.js';
import { World } from './world.js';

export interface SimulatorOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly seed?: string;
  readonly switches?: Partial<Switches>;
}

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

const dayLimits: ReadonlyMap<string, DayLimit> = new Map(
  endpoints.flatMap(({ path, dayLimit }) => (dayLimit ? [[path, dayLimit] as const] : [])),
);

/** A whole WeChat on one origin. Several may run in one process: nothing is shared between them. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, ...worldOptions } = options;
  const journal: Journal = new Journal(() => world.clock.now());
  const browser = new WechatBrowser(host);
  const kept = { journal, browser, dayLimits };
  let world: World = new World({ ...kept, ...worldOptions });

  function reset(wanted: { keepCallbacks: boolean; seed?: string | undefined }): World {
    const former = world;
    journal.forget();
    world = new World({ ...kept, ...worldOptions, seed: wanted.seed ?? worldOptions.seed });
    if (wanted.keepCallbacks) {
      for (const app of world.apps.values()) app.callback = former.apps.get(app.appid)?.callback ?? app.callback;
      for (const platform of world.platforms.values()) {
        const { eventUrl, messageUrl, token, aesKey, domain } = former.platforms.get(platform.appid) ?? platform;
        Object.assign(platform, { eventUrl, messageUrl, token, aesKey, domain });
      }
    }
    return world;
  }

  const app = newServer();
  if (isLoopback(host)) serveLocalNamesOnly(app);
  // Tickets are due by the virtual clock; a jump of it is looked at when it is made, its running once a second.
  const beat = setInterval(() => world.componentTickets.pushDue(), 1000).unref();
  app.addHook('onClose', () => {
    clearInterval(beat);
    return browser.close();
  });
  const doors = { reset, world: () => world };
  await app.register((scope) => serveControl(scope, doors));
  await app.register((scope) => servePage(scope, doors.world));
  serveWire(app, doors.world);
  await app.listen({ host, port });
  // fastify's listen may bind more than one address for a name such as localhost; the first is the one asked for.
  const address = app.server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${shownHost}:${address.port}`, close: () => app.close() };
}

function newServer(): FastifyInstance {
  return Fastify({
    // A hanging call and a live journal must not keep close() waiting.
    forceCloseConnections: true,
    bodyLimit: 10 * 1024 * 1024,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    // Addresses that are not even valid percent-encoding are WeChat's to refuse.
    frameworkErrors(_error, _request, reply) {
      reply.hijack();
      reply.raw.writeHead(400, { 'content-type': 'text/html' }).end('<html><body><h1>400 Bad Request</h1></body></html>');
    },
  });
}
