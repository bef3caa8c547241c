import type { IncomingMessage, ServerResponse } from 'node:http';

/** The parts of a browser's request that pages read. */
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

/** Programs that show previews of links in chats, or index pages for a search. */
const previewers = /bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|embedly|slurp|scanner|skypeuri/i;

/** Fetched before a click that may never come. A browser later shows such an answer, unless its status is an error. */
export const isPrefetch = ({ headers }: BrowserRequest): boolean =>
  [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']].some(
    (purpose) => purpose !== undefined && /prefetch|prerender|preview/i.test(purpose),
  );

/** No person is behind the request who could use the page. */
export const isPreview = ({ method, headers }: BrowserRequest): boolean =>
  method === 'HEAD' || previewers.test(headers['user-agent'] ?? '');
