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
 * Parameter of an idempotent route: what a repeat of the request is known by, its caller and route included. For work
 * whose outcome may stay unknown, which the interceptor alone would let a repeat do again.
 */
export const RequestKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const request = context.switchToHttp().getRequest<KeyedRequest>();
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? hashOfBody([nameOf(request.caller), ...calledRoute(request).split(' '), key]) : undefined;
});
