import type { BrowserReply, BrowserRequest } from './browser.js';

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly seconds: number;
}

export function setCookie(
  reply: BrowserReply,
  { name, value, path, seconds }: Cookie,
  { isTls, isFramed = false }: { isTls: boolean; isFramed?: boolean },
): void {
  // In a frame of another site only a cookie that says so is sent, and only that site's own share of it.
  const scope = isFramed && isTls ? 'SameSite=None; Partitioned' : 'SameSite=Lax';
  reply.header('set-cookie', `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; ${scope}${isTls ? '; Secure' : ''}`);
}

export const cookieOf = ({ headers }: BrowserRequest, name: string): string | undefined =>
  (headers.cookie ?? '')
    .split(/; */)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
