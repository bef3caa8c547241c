import http from 'node:http';

export interface WireRequest {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Sends what `fetch` would tidy up first: addresses that are not normal, bodies on any method. */
export class Wire {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  private readonly host: string;
  private readonly port: number;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port);
  }

  send({ method, target, headers, body }: WireRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { agent: this.agent, host: this.host, port: this.port, method, path: target, headers: { ...lengthOf(body), ...headers } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('error', reject);
          // A stream never ends by itself: that it began is its answer.
          if (answer.headers['content-type']?.startsWith('text/event-stream')) {
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: '' });
            answer.destroy();
          }
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const lengthOf = (body: Buffer | undefined): Record<string, string> => (body ? { 'content-length': String(body.length) } : {});
