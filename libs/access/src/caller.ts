import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from './actor.js';
import { addressOf } from './address.js';
import type { LivingKey } from './api-keys.js';

export type Caller = { readonly kind: 'admin' } | { readonly kind: 'key'; readonly key: LivingKey };

/** The request after the guard has seen it. */
export interface CalledRequest {
  readonly id: string;
  readonly ip: string;
  readonly ips?: readonly string[] | undefined;
  caller?: Caller;
}

const requestOf = (context: ExecutionContext): CalledRequest => context.switchToHttp().getRequest<CalledRequest>();

export const nameOf = (caller: Caller | undefined): string =>
  caller === undefined ? 'anybody' : caller.kind === 'admin' ? 'admin' : `key:${caller.key.id}`;

/** Parameter: the id of the request, as in its log lines and problems. */
export const RequestId = createParamDecorator((_: unknown, context: ExecutionContext): string => requestOf(context).id);

/** Parameter of an admin route: who asks, for the audit log. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const request = requestOf(context);
  return { name: nameOf(request.caller), address: addressOf(request), requestId: request.id };
});

/** Parameter of a route that needs a key: that key. */
export const CallingKey = createParamDecorator((_: unknown, context: ExecutionContext): LivingKey => {
  const { caller } = requestOf(context);
  if (caller?.kind !== 'key') throw new Error('This route has no calling key: it needs NeedsScope or AnyKey');
  return caller.key;
});

/** Parameter of a route that trusted addresses may call without a key: the key, if there is one. */
export const CallingKeyIfAny = createParamDecorator((_: unknown, context: ExecutionContext): LivingKey | undefined => {
  const { caller } = requestOf(context);
  return caller?.kind === 'key' ? caller.key : undefined;
});

export const FromAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => addressOf(requestOf(context)));

/** Parameter: the caller's address as we believe it, which may be malformed. Decide by it, but never write it down. */
export const BelievedAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => requestOf(context).ip);
