import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { failsBy } from '#api';
import { AlreadyCreated, IdempotencyKeyReused, RequestInFlight } from './idempotency-errors.js';
import { type IdempotencyRule, SetIdempotencyRule } from './idempotency-rule.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** For a POST that sends or creates. A repeat under the same `Idempotency-Key` does nothing more and gets the same answer. */
export const Idempotent = (rule: IdempotencyRule = {}): MethodDecorator =>
  applyDecorators(
    SetIdempotencyRule(rule),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes a repeat safe: within 24 hours the same key with the same body gets the first answer again, marked `Idempotency-Replayed: true`' +
        (rule.reveals ? '; here, where the answer holds a secret, 409 `already_created` with the id instead' : ''),
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
      example: 'order-4711',
    }),
    failsBy('idempotency', [IdempotencyKeyReused, RequestInFlight, ...(rule.reveals ? [AlreadyCreated] : [])]),
  );
