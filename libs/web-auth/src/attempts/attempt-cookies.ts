import { Injectable } from '@nestjs/common';
import { Settings } from '#settings';
import type { AttemptRef } from './attempts.js';
import type { BrowserReply, BrowserRequest } from './browser.js';
import { cookieOf, cookiesOf, setCookie } from './cookies.js';

const prefix = 'wx_attempt_';
const idPattern = /^(?:__Host-)?wx_attempt_([0-9A-Za-z]{8})(?:_\d+)?$/;
/** A browser that begins again and again must not send more than fits into a request. */
const heldMax = 8;

/** Cookies that prove the owner of an attempt. Each attempt has one, so that tabs do not overwrite each other's. */
@Injectable()
export class AttemptCookies {
  constructor(private readonly settings: Settings) {}

  of({ id }: AttemptRef, request: BrowserRequest): string | undefined {
    const value = cookieOf(request, { name: nameOf(id), path: '/' }, this.settings.publicUrl);
    return value !== undefined && /^[0-9A-Za-z]{43}$/.test(value) ? value : undefined;
  }

  set(
    { id }: AttemptRef,
    { value, seconds, isFramed }: { value: string; seconds: number; isFramed: boolean },
    { request, reply }: { request: BrowserRequest; reply: BrowserReply },
  ): void {
    const { publicUrl } = this.settings;
    const held = cookiesOf(request).flatMap(([name]) => idPattern.exec(name)?.[1] ?? []);
    // Browsers send the oldest first.
    const given = held.filter((one) => one !== id.slice(0, 8)).slice(0, Math.max(0, held.length + 1 - heldMax));
    for (const one of given) setCookie(reply, { name: nameOf(one), value: '', path: '/', seconds: 0, isFramed }, publicUrl);
    setCookie(reply, { name: nameOf(id), value, path: '/', seconds, isFramed }, publicUrl);
  }
}

const nameOf = (id: string): string => `${prefix}${id.slice(0, 8)}`;
