import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { type AddressInfo } from 'node:net';

export const wechatUserAgent =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN';

/**
 * WeChat's browser on the page's phone. A page cannot change the User-Agent of what it frames, so each site gets a door:
 * a port of this machine behind which the site is the same, except that it sees WeChat's User-Agent and may be framed.
 */
export class WechatBrowser {
  private readonly doors = new Map<string, { readonly server: Server; readonly origin: string }>();

  constructor(private readonly host: string) {}

  async open(address: string): Promise<string> {
    const url = new URL(address);
    if (!this.doors.has(url.origin)) this.doors.set(url.origin, await this.newDoor(url));
    return this.through(address);
  }

  /** The same address behind its door, if the phone has been on that site. */
  through(address: string): string {
    if (!URL.canParse(address)) return address;
    const { origin } = new URL(address);
    const door = this.doors.get(origin);
    return door ? door.origin + address.slice(origin.length) : address;
  }

  async close(): Promise<void> {
    for (const { server } of this.doors.values()) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    this.doors.clear();
  }

  private async newDoor(site: URL): Promise<{ server: Server; origin: string }> {
    const server = createServer((request, response) => pass({ site, origin }, request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, this.host, resolve));
    const { port } = server.address() as AddressInfo;
    // Cookies do not tell ports apart, so a site of this machine keeps the same ones on both sides of its door.
    const origin = `http://${['localhost', '127.0.0.1'].includes(site.hostname) ? site.hostname : '127.0.0.1'}:${port}`;
    return { server, origin };
  }
}

interface Door {
  readonly site: URL;
  readonly origin: string;
}

function pass(door: Door, request: IncomingMessage, response: ServerResponse): void {
  const send = door.site.protocol === 'https:' ? requestHttps : requestHttp;
  const options = { method: request.method, headers: outwards(door, request.headers), agent: false } as const;
  const outgoing = send(new URL(door.site.origin + (request.url ?? '/')), options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, inwards(door, answer.headers));
    answer.pipe(response);
  });
  outgoing.on('error', () =>
    response.headersSent ? response.destroy() : response.writeHead(502).end('The site does not answer'),
  );
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

function outwards({ site, origin }: Door, given: IncomingHttpHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = { ...given, host: site.host, 'user-agent': wechatUserAgent };
  if (given.origin === origin) headers.origin = site.origin;
  if (given.referer) headers.referer = given.referer.replace(origin, site.origin);
  return headers;
}

function inwards({ site, origin }: Door, given: IncomingHttpHeaders): IncomingHttpHeaders {
  const headers = { ...given };
  delete headers['x-frame-options'];
  const policy = [headers['content-security-policy'] ?? []]
    .flat()
    .map((text) => text.replace(/frame-ancestors[^;]*;?/g, '').replace(/upgrade-insecure-requests;?/g, ''));
  if (policy.length > 0) headers['content-security-policy'] = policy.join(', ');
  if (headers.location?.startsWith(site.origin)) headers.location = origin + headers.location.slice(site.origin.length);
  return headers;
}
