import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export type HttpOutcome =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'no_connection'; readonly reason: string };

interface Sending {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
}

const longestAnswer = 1024 * 1024;

/**
 * One request on a connection of its own, over node:http rather than fetch: fetch adds headers that WeChat does not
 * send and follows redirects, which WeChat does not. The deadline holds from connecting to the last byte.
 */
export function send(url: string, sending: Sending): Promise<HttpOutcome> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(sending.deadlineMs);
  return new Promise((resolve) => {
    const fail = (error: Error): void =>
      resolve(signal.aborted ? { kind: 'timeout' } : { kind: 'no_connection', reason: error.message });
    const body = Buffer.from(sending.body ?? '');
    const headers = { ...sending.headers, ...(sending.method === 'POST' ? { 'content-length': body.length } : {}) };
    const outgoing = request(url, { method: sending.method, headers, agent: false, signal }, (answer) => {
      read(answer).then((text) => resolve({ kind: 'answer', status: answer.statusCode ?? 0, body: text }), fail);
    });
    outgoing.on('error', fail).end(sending.method === 'POST' ? body : undefined);
  });
}

async function read(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > longestAnswer) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
