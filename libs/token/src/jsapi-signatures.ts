import { Injectable } from '@nestjs/common';
import { Apps } from '#app';
import { Clock, Randomness } from '#runtime';
import { jsapiSignature } from '#wechat';
import { Credentials } from './credentials.js';
import { jsapiTicketKind } from './jsapi-ticket.issuer.js';
import { UrlNotAllowed } from './token-errors.js';

export interface SignedPage {
  readonly timestamp: number;
  readonly nonce: string;
  readonly signature: string;
}

/** Signs pages for the JS-SDK. The ticket itself is never handed out. */
@Injectable()
export class JsapiSignatures {
  constructor(
    private readonly credentials: Credentials,
    private readonly apps: Apps,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async sign(appid: string, page: string): Promise<SignedPage> {
    const app = await this.apps.get(appid);
    // WeChat signs the address as the browser shows it, without the fragment.
    const url = page.split('#')[0] ?? '';
    if (!isAllowed(url, app.jsapiUrlPrefixes)) throw new UrlNotAllowed(appid);
    const { value } = await this.credentials.current({ appid, kind: jsapiTicketKind });
    const timestamp = Math.floor(this.clock.now().getTime() / 1_000);
    const nonce = this.randomness.word(16);
    return { timestamp, nonce, signature: jsapiSignature({ ticket: value, nonce, timestamp: String(timestamp), url }) };
  }
}

/** Compares as a browser reads addresses: `https://shop.example.com` is no prefix of `https://shop.example.com.evil.org/`. */
function isAllowed(url: string, prefixes: readonly string[]): boolean {
  const wanted = new URL(url);
  if (wanted.username || wanted.password) return false;
  return prefixes.some((prefix) => {
    const allowed = new URL(prefix);
    const portIsFree =
      allowed.port === '' &&
      isLoopback(allowed.hostname) &&
      allowed.hostname === wanted.hostname &&
      allowed.protocol === wanted.protocol;
    return (allowed.origin === wanted.origin || portIsFree) && wanted.pathname.startsWith(allowed.pathname);
  });
}

/** Ports change often on a developer's machine. */
const isLoopback = (hostname: string): boolean => hostname === '127.0.0.1' || hostname === 'localhost';
