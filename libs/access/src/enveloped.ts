import { factsOf, withFacts } from '#api';
import type { GatewayError } from '#errors';
import type { KeyRule } from './access-rule.js';

/** How routes of an older API report a failure: with status 200, in a body of their own. */
export interface Envelope {
  /** The callers that the route lets in. Everybody else gets a problem document. */
  readonly rule: KeyRule;
  /** The failure is undefined for a bug. */
  readonly wrap: (failure: GatewayError | undefined, requestId: string) => object;
}

export const Enveloped = (envelope: Envelope): MethodDecorator => withFacts({ envelope });

export const envelopeOf = (request: { readonly routeOptions: { readonly config: object } }): Envelope | undefined =>
  factsOf<{ envelope?: Envelope }>(request).envelope;
