import type { BrowserReply, BrowserRequest } from './browser.js';

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly seconds: number;
  /** Also to be sent from a frame of another site. */
  readonly isFramed?: boolean;
}

type CookieName = Pick<Cookie, 'name' | 'path'>;

const isTls = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/**
 * With a prefix, browsers take it only over TLS, and from no neighbour under the same domain. Over plain http they would
 * take none with one; there the port keeps the gateways of one host apart, since cookies know no ports.
 */
export function cookieName({ name, path }: CookieName, publicUrl: string): string {
  if (isTls(publicUrl)) return `${path === '/' ? '__Host-' : '__Secure-'}${name}`;
  return `${name}_${new URL(publicUrl).port || '80'}`;
}

export function setCookie(reply: BrowserReply, cookie: Cookie, publicUrl: string): void {
  const { value, path, seconds, isFramed = false } = cookie;
  // In a frame of another site only a cookie that says so is sent, and only that site's own share of it.
  const scope = isFramed && isTls(publicUrl) ? 'SameSite=None; Partitioned' : 'SameSite=Lax';
  const secure = isTls(publicUrl) ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${cookieName(cookie, publicUrl)}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; ${scope}${secure}`,
  );
}

export const cookieOf = (request: BrowserRequest, cookie: CookieName, publicUrl: string): string | undefined =>
  cookiesOf(request).find(([name]) => name === cookieName(cookie, publicUrl))?.[1];

export const cookiesOf = ({ headers }: BrowserRequest): [name: string, value: string][] =>
  (headers.cookie ?? '').split(/; */).map((pair) => {
    const sign = pair.indexOf('=');
    return [pair.slice(0, sign), pair.slice(sign + 1)];
  });
