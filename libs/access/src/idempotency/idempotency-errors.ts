import { failure } from '#errors';

export class IdempotencyKeyReused extends failure(
  'conflict',
  'idempotency_key_reused',
  'The Idempotency-Key was used with another body',
) {
  constructor() {
    super('This Idempotency-Key was used before with another body; take a new key for a new request');
  }
}

export class RequestInFlight extends failure(
  'conflict',
  'request_in_flight',
  'The first request with this Idempotency-Key is still under way',
) {
  constructor() {
    super('The first request with this Idempotency-Key is still under way; ask again shortly', { retryAfterSeconds: 1 });
  }
}

export class AlreadyCreated extends failure(
  'conflict',
  'already_created',
  'The first request created it; its secret is not shown twice',
) {
  constructor(id: string) {
    super(`The first request with this Idempotency-Key created ${id}; its secret is not shown twice`, { members: { id } });
  }
}
