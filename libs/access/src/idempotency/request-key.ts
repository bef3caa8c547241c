import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type CalledRequest, nameOf } from '../caller.js';
import { calledRoute } from './called-route.js';
import { hashOfBody } from './idempotent-requests.js';

interface KeyedRequest extends CalledRequest {
  readonly method: string;
  readonly params: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Parameter of an idempotent route: the name by which a repeat of this request is known, with caller and route. For work whose
 * outcome may stay unknown: the interceptor alone would let a repeat do it again.
 */
export const RequestKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const request = context.switchToHttp().getRequest<KeyedRequest>();
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? hashOfBody([nameOf(request.caller), ...calledRoute(request).split(' '), key]) : undefined;
});
