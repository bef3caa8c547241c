import { type App } from './apps.js';
import { type DayLimit } from './quota.js';
import { type Json, wireJson } from './wire-json.js';
import { type Call } from './call.js';
import { type Platform } from './platforms.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** 0 when WeChat would call it a success. */
  readonly errcode: number;
  /** The answer is held back until then: an event that overtakes it. */
  readonly waitsFor?: Promise<unknown>;
  /** Done once the answer is on its way. */
  readonly afterwards?: () => unknown;
}

interface Place {
  readonly path: string;
  /** WeChat refuses the other verb with 43001 or 43002. */
  readonly verb: 'GET' | 'POST';
  readonly dayLimit?: DayLimit;
  /** Left out of the journal: a page asks it twice a second. */
  readonly unlisted?: true;
}

/**
 * One call of WeChat's. `token`: it wants the access token of an app, which the server checks before `answer` runs.
 * `platform`: it wants the token of a third-party platform, and a body that names it. `anyone`: it sees to its caller by
 * itself. A new endpoint is one file with one of these, and one line in `endpoints.ts`.
 */
export type Endpoint =
  | (Place & { readonly caller: 'token'; answer(call: Call, app: App): Answer })
  | (Place & {
      readonly caller: 'platform';
      answer(call: Call, platform: Platform, body: Readonly<Record<string, unknown>>): Answer;
    })
  | (Place & { readonly caller: 'anyone'; answer(call: Call): Answer });

/** A success. `/sns` says text/plain, the rest a JSON type whose parameter is `encoding`, not `charset`. */
export function json(call: Call, value: Json, errcode = 0): Answer {
  const contentType = call.path.startsWith('/sns/') ? 'text/plain' : 'application/json; encoding=utf-8';
  return { status: 200, headers: { 'content-type': contentType }, body: Buffer.from(wireJson(value)), errcode };
}

export const ok = (call: Call, more: { readonly [key: string]: Json | undefined } = {}): Answer =>
  json(call, { errcode: 0, errmsg: 'ok', ...more });

export function html(body: string, status = 200): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(body), errcode: 0 };
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location, 'cache-control': 'no-cache' }, body: Buffer.alloc(0), errcode: 0 };
}
