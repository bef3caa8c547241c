import type { BrowserReply, BrowserRequest } from './browser.js';

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly seconds: number;
  /** Browsers send it from a frame of another site as well. */
  readonly isFramed?: boolean;
}

type CookieName = Pick<Cookie, 'name' | 'path'>;

const isTls = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/**
 * Browsers accept a prefixed name only over TLS, and not from another host of the same domain. Over plain http they would
 * refuse it, so there the name holds the port: cookies do not distinguish ports.
 */
export function cookieName({ name, path }: CookieName, publicUrl: string): string {
  if (isTls(publicUrl)) return `${path === '/' ? '__Host-' : '__Secure-'}${name}`;
  return `${name}_${new URL(publicUrl).port || '80'}`;
}

export function setCookie(reply: BrowserReply, cookie: Cookie, publicUrl: string): void {
  const { value, path, seconds, isFramed = false } = cookie;
  // In a frame of another site browsers send only cookies that declare it, separate for each outer site.
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
