import type { FailureKind, GatewayError } from '#errors';
import { CodeInvalid, CodeUsed } from '#wechat';
import { CodeMissing } from './web-auth-errors.js';

/** The number of each kind of failure in the older envelope. An errcode of WeChat stays, because callers know it. */
export const olderCodes = {
  41008: 'no `code` was sent: the person refused',
  40163: 'the `code` was used before',
  40029: 'the `code` is unknown, expired, or of another app',
  40000: 'the request is malformed',
  40400: 'the app is not registered',
  40900: 'the app is disabled, or the person must consent again',
  42200: 'WeChat refused what was sent',
  42900: 'a quota or rate limit is reached; try again later',
  50000: 'a mistake of the gateway: its log tells more under the `request_id`',
  50200: 'WeChat answered nonsense, or the operator must change something at the app',
  50300: 'not at the moment; try again shortly',
  50400: 'WeChat did not answer in time',
} as const;

export type OlderCode = keyof typeof olderCodes;

const ofKind: Record<FailureKind, OlderCode> = {
  invalid: 40000,
  'too-large': 40000,
  unsupported: 40000,
  unauthenticated: 40000,
  forbidden: 40000,
  'wrong-method': 40400,
  missing: 40400,
  gone: 40400,
  conflict: 40900,
  'upstream-refused': 42200,
  limited: 42900,
  'upstream-broken': 50200,
  unavailable: 50300,
  'upstream-silent': 50400,
};

const ofFailure: Record<string, OlderCode> = {
  [CodeMissing.failure.code]: 41008,
  [CodeUsed.failure.code]: 40163,
  [CodeInvalid.failure.code]: 40029,
};

export const olderCodeOf = (failure: GatewayError | undefined): OlderCode =>
  failure ? (ofFailure[failure.failure.code] ?? ofKind[failure.failure.kind]) : 50000;

export interface OlderAnswer {
  readonly ret: { readonly code: number; readonly msg: string; readonly request_id: string };
  readonly body: object;
}

export const olderAnswer = (body: object, requestId: string): OlderAnswer => ({
  ret: { code: 0, msg: 'OK', request_id: `wxmsg_${requestId}` },
  body,
});

export const olderFailure = (failure: GatewayError | undefined, requestId: string): OlderAnswer => ({
  ret: { code: olderCodeOf(failure), msg: failure?.message ?? olderCodes[50000], request_id: `wxmsg_${requestId}` },
  body: {},
});
