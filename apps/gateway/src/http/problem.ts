import { HttpStatus } from '@nestjs/common';
import type { FailureKind, GatewayError } from '#errors';

/** A new kind of failure without a status does not compile. */
export const statusOf: Record<FailureKind, HttpStatus> = {
  invalid: HttpStatus.BAD_REQUEST,
  unauthenticated: HttpStatus.UNAUTHORIZED,
  forbidden: HttpStatus.FORBIDDEN,
  missing: HttpStatus.NOT_FOUND,
  'wrong-method': HttpStatus.METHOD_NOT_ALLOWED,
  gone: HttpStatus.GONE,
  conflict: HttpStatus.CONFLICT,
  'too-large': HttpStatus.PAYLOAD_TOO_LARGE,
  unsupported: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  'upstream-refused': HttpStatus.UNPROCESSABLE_ENTITY,
  limited: HttpStatus.TOO_MANY_REQUESTS,
  'upstream-broken': HttpStatus.BAD_GATEWAY,
  unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  'upstream-silent': HttpStatus.GATEWAY_TIMEOUT,
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
}

export const problemMediaType = 'application/problem+json; charset=utf-8';

export function problemOf(error: GatewayError, where: { publicUrl: string; requestId: string }): Problem {
  const { kind, code, title } = error.failure;
  return {
    type: `${where.publicUrl}/docs/problems#${code}`,
    title,
    status: statusOf[kind],
    detail: error.message,
    code,
    request_id: where.requestId,
    ...error.members,
  };
}

/** For a bug: what went wrong stands in the log under the request id, and nowhere else. */
export function bugProblem(where: { publicUrl: string; requestId: string }): Problem {
  return {
    type: `${where.publicUrl}/docs/problems#internal_error`,
    title: 'The gateway made a mistake',
    status: HttpStatus.INTERNAL_SERVER_ERROR,
    detail: 'The gateway made a mistake; its log tells more under this request id',
    code: 'internal_error',
    request_id: where.requestId,
  };
}
