import type { Errcode } from './errcodes.js';
import type { Callers } from './wechat-app.js';

/** What is known of a call before it is made. */
export interface CallFacts {
  /** GET: its parameters stand in the query. POST: they are a body of JSON. */
  readonly verb: 'GET' | 'POST';
  /** At WeChat: also the name of the call in logs, metrics, errors and the quota view. */
  readonly path: string;
  readonly as: keyof Callers;
  /** Of a `proving` call: its path where a platform speaks for the app. */
  readonly platformPath?: string;
  /** A `proving` call to which an app that speaks for itself sends no secret. */
  readonly needsNoSecret?: true;
  /** What WeChat calls the appid and the secret in a `secret` call: `appid` and `secret` if not said. */
  readonly names?: readonly [appid: string, secret: string];
  /** What an account must allow its platform for this. Only where it is certain: else WeChat's own words are kept. */
  readonly permissionSet?: number;
  /** Errcodes that mean something else here than elsewhere. */
  readonly errcodes?: ReadonlyMap<number, Errcode>;
  /** Errcodes that are answers, with members to read, and no refusals. */
  readonly answers?: readonly number[];
}

const byPath = new Map<string, CallFacts>();

/** The call is known by its path from now on. */
export function remember(call: CallFacts): void {
  byPath.set(call.path, call);
  if (call.platformPath !== undefined) byPath.set(call.platformPath, call);
}

/** All of them; a `proving` call once for each of its paths. */
export const declaredCalls = (): CallFacts[] => [...byPath].map(([path, call]) => ({ ...call, path }));

export const callAt = (path: string): CallFacts | undefined => byPath.get(path);
