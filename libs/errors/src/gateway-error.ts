import type { Sentence } from './sentence.js';

/** How a failure concerns the caller. The gateway's error filter gives each kind its HTTP status. */
export type FailureKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'wrong-method'
  | 'gone'
  | 'conflict'
  | 'too-large'
  | 'unsupported'
  | 'upstream-refused'
  | 'limited'
  | 'upstream-broken'
  | 'unavailable'
  | 'upstream-silent';

export interface Failure {
  readonly kind: FailureKind;
  /** Part of the public API: callers switch on it, so it never changes. */
  readonly code: string;
  /** One sentence for the list of problems in the documentation; the error's message tells the case at hand. */
  readonly title: Sentence;
}

export interface FailureFacts {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** Further members of the problem document, such as `required_scope`; sentences in them are told in one language. Never a secret. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An expected failure. Anything else that is thrown is a bug. */
export abstract class GatewayError extends Error {
  abstract readonly failure: Failure;
  readonly retryAfterSeconds: number | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  /** Its `message`, for the log, is the English one. */
  constructor(
    readonly sentence: Sentence,
    facts: FailureFacts = {},
  ) {
    super(sentence.en, { cause: facts.cause });
    this.name = new.target.name;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.members = facts.members ?? {};
  }
}

/** A class made by `failure()`, or a subclass: what a route may declare. */
export interface FailureClass {
  readonly failure: Failure;
}

const declared = new Map<string, Failure>();

/** Every failure that the loaded rooms have declared, by code: the documentation lists them. */
export const declaredFailures = (): Failure[] => [...declared.values()].sort((a, b) => a.code.localeCompare(b.code));

/** The base of a room's own error: `class AppNotFound extends failure('missing', 'app_not_found', { en: '…', zh: '…' }) {}`. */
export function failure(kind: FailureKind, code: string, title: Sentence) {
  if (declared.has(code)) throw new Error(`Two failures share the code ${code}`);
  const made: Failure = Object.freeze({ kind, code, title });
  declared.set(code, made);

  return class extends GatewayError {
    static readonly failure: Failure = made;
    override readonly failure: Failure = made;

    /** Without a sentence of its own, the title tells the case. */
    constructor(sentence: Sentence = title, facts: FailureFacts = {}) {
      super(sentence, facts);
    }
  };
}
