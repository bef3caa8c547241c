import { HttpStatus } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { languageOf } from '#api';
import { type FailureKind, type GatewayError, type Language, inLanguage } from '#errors';
import type { Settings } from '#settings';

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

export interface Where {
  readonly publicUrl: string;
  readonly requestId: string;
  readonly language: Language;
}

/** Where a problem is told: under which address, about which request, and in which language. */
export const whereOf = (
  request: { readonly id: string; readonly headers: IncomingHttpHeaders },
  { publicUrl, defaultLanguage }: Settings,
): Where => ({ publicUrl, requestId: request.id, language: languageOf(request.headers['accept-language'], defaultLanguage) });

export function problemOf(error: GatewayError, where: Where): Problem {
  const { kind, code, title } = error.failure;
  return {
    type: `${where.publicUrl}/docs/problems#${code}`,
    title: title[where.language],
    status: statusOf[kind],
    detail: error.sentence[where.language],
    code,
    request_id: where.requestId,
    ...inLanguage(error.members, where.language),
  };
}

/** For a bug: what went wrong stands in the log under the request id, and nowhere else. */
export function bugProblem(where: Where): Problem {
  return {
    type: `${where.publicUrl}/docs/problems#internal_error`,
    title: bug.title[where.language],
    status: HttpStatus.INTERNAL_SERVER_ERROR,
    detail: bug.detail[where.language],
    code: 'internal_error',
    request_id: where.requestId,
  };
}

const bug = {
  title: { en: 'The gateway made a mistake', zh: '网关内部出错' },
  detail: {
    en: 'The gateway made a mistake; its log tells more under this request id',
    zh: '网关内部出错；请按 request_id 查看网关日志',
  },
};
