import type { GatewayError } from '#errors';
import type { KeyRule } from './access-rule.js';

/** How the routes of an older API tell of a failure: with status 200, in a body of their own. */
export interface Envelope {
  /** Whom the route lets in: anybody else gets a problem document all the same. */
  readonly rule: KeyRule;
  /** Without a failure: a bug. */
  readonly wrap: (failure: GatewayError | undefined, requestId: string) => object;
}

const envelopes = new Map<string, Envelope>();

/** Called by the room that owns the route, with the path as the router knows it. */
export const envelopFailures = (path: string, envelope: Envelope): void => void envelopes.set(path, envelope);

export const envelopeOf = (path: string | undefined): Envelope | undefined =>
  path === undefined ? undefined : envelopes.get(path);
