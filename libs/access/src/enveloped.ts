import { factsOf, withFacts } from '#api';
import type { GatewayError } from '#errors';
import type { KeyRule } from './access-rule.js';

/** How the routes of an older API tell of a failure: with status 200, in a body of their own. */
export interface Envelope {
  /** Whom the route lets in: anybody else gets a problem document all the same. */
  readonly rule: KeyRule;
  /** Without a failure: a bug. */
  readonly wrap: (failure: GatewayError | undefined, requestId: string) => object;
}

export const Enveloped = (envelope: Envelope): MethodDecorator => withFacts({ envelope });

export const envelopeOf = (request: { readonly routeOptions: { readonly config: object } }): Envelope | undefined =>
  factsOf<{ envelope?: Envelope }>(request).envelope;
