import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ReceiverAddresses, hostOf } from './addresses/receiver-addresses.js';
import { AddressForbidden } from './webhook-errors.js';

export interface AttemptRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Attempt {
  /** Null: no answer came. */
  readonly status: number | null;
  /** In a few words, if it failed. */
  readonly error: string | null;
  readonly milliseconds: number;
  /** The beginning of what came back. */
  readonly response: Buffer;
  readonly retryAfter: string | undefined;
}

export const attemptMilliseconds = 15_000;
const readBytesMax = 64 * 1_024;
const idleMilliseconds = 30_000;

/** Sends to receivers: to judged addresses alone, without following anybody anywhere, over connections that are kept. */
@Injectable()
export class ReceiverHttp implements OnApplicationShutdown {
  // No proxy of the environment is ever asked: it would dial what was not judged here.
  private readonly agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) };

  constructor(private readonly addresses: ReceiverAddresses) {}

  async send(request: AttemptRequest): Promise<Attempt> {
    const began = performance.now();
    const done = (rest: Partial<Attempt>): Attempt => ({
      status: null,
      error: null,
      response: Buffer.alloc(0),
      retryAfter: undefined,
      ...rest,
      milliseconds: Math.round(performance.now() - began),
    });
    try {
      const url = new URL(request.url);
      // A literal address is dialled without a look-up.
      if (isIP(hostOf(url))) await this.addresses.of(url);
      const { status, retryAfter, response } = await this.exchange(url, request, began);
      return done({ status, retryAfter, response, error: status >= 200 && status < 300 ? null : wordsFor(status) });
    } catch (error) {
      return done({ error: reasonOf(error) });
    }
  }

  onApplicationShutdown(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private async exchange(url: URL, request: AttemptRequest, began: number, again = true): Promise<Answer> {
    const outgoing = this.open(url, request);
    try {
      return await answerTo(outgoing, request.body, Math.max(1, began + attemptMilliseconds - performance.now()));
    } catch (error) {
      // The receiver let go of a connection just when it was used again: nothing was heard, so it is dialled anew.
      const wasClosed = outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET';
      if (again && wasClosed) return this.exchange(url, request, began, false);
      throw error;
    }
  }

  private open(url: URL, { method = 'POST', headers, body }: AttemptRequest): ClientRequest {
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      method,
      agent: this.agents[isSecure ? 'https:' : 'http:'],
      headers: {
        'user-agent': 'wechat-gateway',
        ...headers,
        ...(method === 'POST' && { 'content-length': Buffer.byteLength(body) }),
      },
      lookup: this.lookupFor(url),
    };
    return (isSecure ? requestHttps : requestHttp)(url, options);
  }

  /** What is dialled is what was judged: nobody looks the name up again in between. */
  private lookupFor(url: URL): LookupFunction {
    return (_host, { all }, callback) => {
      this.addresses.of(url).then(
        (addresses) => {
          const found = addresses.map((address) => ({ address, family: isIP(address) }));
          const [first] = found;
          if (all) callback(null, found);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: Error) => callback(error, ''),
      );
    };
  }
}

const agentOptions = { keepAlive: true, timeout: idleMilliseconds, maxFreeSockets: 32 };

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly response: Buffer;
}

function answerTo(request: ClientRequest, body: string, milliseconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new NoAnswer()), milliseconds);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (answer: IncomingMessage) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      const finish = (): void => {
        clearTimeout(timer);
        const response = Buffer.concat(parts).subarray(0, readBytesMax);
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], response });
      };
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes <= readBytesMax) return;
        finish();
        request.destroy();
      });
      answer.on('end', finish);
      answer.on('error', fail);
      answer.on('aborted', () => fail(new Error('it broke off')));
    });
    request.end(body);
  });
}

class NoAnswer extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof AddressForbidden) return `address_forbidden: ${error.message}`;
  if ((error as { code?: unknown }).code === 'ERR_INVALID_URL') return 'the address cannot be read';
  if (error instanceof NoAnswer) return `no answer within ${attemptMilliseconds / 1_000} s`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? `no connection: ${code}` : 'the connection failed';
}

const wordsFor = (status: number): string =>
  status >= 300 && status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}`;
