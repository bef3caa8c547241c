import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from './actor.js';
import { addressOf } from './address.js';
import type { LivingKey } from './api-keys.js';

export type Caller = { readonly kind: 'admin' } | { readonly kind: 'key'; readonly key: LivingKey };

/** The request as the guard leaves it. */
export interface CalledRequest {
  readonly id: string;
  readonly ip: string;
  readonly ips?: readonly string[] | undefined;
  caller?: Caller;
}

const requestOf = (context: ExecutionContext): CalledRequest => context.switchToHttp().getRequest<CalledRequest>();

export const nameOf = (caller: Caller | undefined): string =>
  caller === undefined ? 'anybody' : caller.kind === 'admin' ? 'admin' : `key:${caller.key.id}`;

/** Parameter: the id of the request, as its log lines and problems name it. */
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

/** Parameter of a route that trusted addresses reach without one: the key, if any. */
export const CallingKeyIfAny = createParamDecorator((_: unknown, context: ExecutionContext): LivingKey | undefined => {
  const { caller } = requestOf(context);
  return caller?.kind === 'key' ? caller.key : undefined;
});

/** Parameter: the address the request came from. */
export const FromAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => addressOf(requestOf(context)));

/** What is believed of the caller's address, which may be no address at all: to decide by, never to write down or show. */
export const BelievedAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => requestOf(context).ip);
