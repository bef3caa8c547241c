import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterThisTest } from './cleanup.js';
import { until } from './until.js';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly at: number;
}

type Answering = (received: Received, reply: ServerResponse) => void;

/** A service that webhooks are sent to. It answers 204 until it is told otherwise. */
export class Receiver {
  readonly received: Received[] = [];
  /** Connections that were opened to it, whether or not anything came over them. */
  connections = 0;
  private answering: Answering = (_, reply) => void reply.writeHead(204).end();

  private constructor(readonly url: string) {}

  static async start(host = '127.0.0.1'): Promise<Receiver> {
    const server = createServer((request, reply) => void receiver.take(request, reply));
    server.on('connection', () => receiver.connections++);
    server.listen(0, host);
    await once(server, 'listening');
    const receiver = new Receiver(`http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`);
    afterThisTest(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return receiver;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** From now on. */
  answers(status: number, headers: Record<string, string> = {}, body = ''): void {
    this.answering = (_, reply) => void reply.writeHead(status, headers).end(body);
  }

  does(answering: Answering): void {
    this.answering = answering;
  }

  async gets(count: number, withinMilliseconds?: number): Promise<Received[]> {
    await until(
      () => this.received.length,
      (length) => length >= count,
      withinMilliseconds,
    );
    return this.received;
  }

  private async take(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      // Whoever sent it has gone: a gateway that stops lets go of what it is sending.
      return;
    }
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, text: Buffer.concat(parts).toString('utf8'), at: Date.now() };
    this.received.push(received);
    this.answering(received, reply);
  }
}

/** As an integrator does it: throws where the signature does not hold. */
export function verified({ headers, text }: Received, secret: string): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return new Verifier(secret).verify(text, own) as Record<string, unknown>;
}
