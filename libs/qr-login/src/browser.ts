import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request of a browser, as far as this room looks at it. */
export interface BrowserRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw: IncomingMessage;
  readonly ip: string;
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
