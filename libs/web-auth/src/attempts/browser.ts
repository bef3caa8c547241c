import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request of a browser, as far as pages look at it. */
export interface BrowserRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw: IncomingMessage;
  readonly ip: string;
  readonly ips?: readonly string[] | undefined;
}

export interface BrowserReply {
  header(name: string, value: string): BrowserReply;
  status(code: number): BrowserReply;
  type(contentType: string): BrowserReply;
  send(body?: string): unknown;
  hijack(): unknown;
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

/** Who draws a picture of a link that was sent in a chat, or looks ahead of a search. */
const previewers = /bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|embedly|slurp|scanner|skypeuri/i;

/** Fetched ahead of a click that may never come. A browser shows such an answer later, unless its status says that it failed. */
export const isPrefetch = ({ headers }: BrowserRequest): boolean =>
  [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']].some(
    (purpose) => purpose !== undefined && /prefetch|prerender|preview/i.test(purpose),
  );

/** Nobody stands behind it who could use the page. */
export const isPreview = ({ method, headers }: BrowserRequest): boolean =>
  method === 'HEAD' || previewers.test(headers['user-agent'] ?? '');
