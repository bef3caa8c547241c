import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from './cleanup.js';

export interface FrameworkMessage {
  readonly [name: string]: string;
}

interface FrameworkResponse extends ServerResponse {
  reply(content: unknown): void;
}

type Handler = (message: FrameworkMessage, response: FrameworkResponse) => void;
type Middleware = (request: IncomingMessage & { query: object }, response: ServerResponse, next: (error?: Error) => void) => void;
type Wechat = (
  config: { token: string; appid: string; encodingAESKey?: string },
  handler: (request: IncomingMessage & { weixin: FrameworkMessage }, response: FrameworkResponse) => void,
) => Middleware;

const wechat = createRequire(import.meta.url)('wechat') as Wechat;

/** The npm package `wechat`, as a service that was written years ago uses it. */
export class Framework {
  readonly messages: FrameworkMessage[] = [];
  readonly statuses: number[] = [];
  readonly requests: { url: string; body: string }[] = [];
  handler: Handler = (_, response) => response.reply('');
  private middleware: Middleware | undefined;

  private constructor(readonly url: string) {}

  static async start(): Promise<Framework> {
    const server = createServer((request, response) => void framework.take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const framework = new Framework(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    afterThisTest(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return framework;
  }

  /** With what its operator copied into its configuration. */
  setUp(config: { token: string; appid: string; encodingAESKey?: string }): void {
    this.middleware = wechat(config, ({ weixin }, response) => {
      this.messages.push(weixin);
      this.handler(weixin, response);
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString('utf8');
    const url = new URL(request.url ?? '', this.url);
    this.requests.push({ url: url.href, body });
    response.on('finish', () => this.statuses.push(response.statusCode));
    const asked = Object.assign(request, { query: Object.fromEntries(url.searchParams), rawBody: body });
    this.middleware?.(asked, response, (error) => void response.writeHead(error ? 500 : 404).end());
  }
}
