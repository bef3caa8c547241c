import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Reaction = (received: Received, response: ServerResponse) => void;

/** A callback URL of a test: keeps what arrives and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  reaction: Reaction = (_received, response) => void response.end('success');

  answerGet: Reaction = ({ url }, response) => void response.end(url.searchParams.get('echostr'));

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callback`;
  }

  /** Pushes alone, without the verification of the URL. */
  get pushes(): Received[] {
    return this.received.filter(({ method }) => method === 'POST');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const url = new URL(request.url ?? '/', this.url);
    const received = { method: request.method ?? '', url, headers: request.headers, body: Buffer.concat(parts).toString('utf8') };
    this.received.push(received);
    if (request.method === 'GET') this.answerGet(received, response);
    else this.reaction(received, response);
  }
}
