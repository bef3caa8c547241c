import { SetMetadata } from '@nestjs/common';

export interface IdempotencyRule {
  /** Set if the answer reveals a secret: the field that names what was created. A repeat gets only that field. */
  readonly reveals?: string;
}

const key = 'access:idempotent';

export const SetIdempotencyRule = (rule: IdempotencyRule): MethodDecorator => SetMetadata(key, rule);

export const idempotencyRuleOf = (handler: object): IdempotencyRule | undefined =>
  Reflect.getMetadata(key, handler) as IdempotencyRule | undefined;
