// Who may call us: API keys and what they open, the administrator and what they changed, callers who repeat themselves.
export { AccessModule } from './access.module.js';
export { AppNotAllowed, KeyInvalid, KeyMissing, RateLimited, TooManyBadKeys } from './access-errors.js';
export { type AccessRule, AdminOnly, NeedsScope, NeedsScopeOrTrustedAddress, OpenToAll, accessRuleOf } from './access-rule.js';
export type { Actor } from './actor.js';
export { type IpAddress, addressOf, isFirstHand, isForwarded, isLoopbackAddress, plainAddress, sourceOf } from './address.js';
export { ApiKey } from './api-key.entity.js';
export { apiKeyIdPattern } from './api-key-text.js';
export { ApiKeys, LivingKey } from './api-keys.js';
export { AuditLog } from './audit-log.js';
export { type Envelope, Enveloped, envelopeOf } from './enveloped.js';
export {
  By,
  type CalledRequest,
  type Caller,
  CallingKey,
  CallingKeyIfAny,
  BelievedAddress,
  FromAddress,
  RequestId,
  nameOf,
} from './caller.js';
export { IdempotencyKeyReused, RequestInFlight } from './idempotency/idempotency-errors.js';
export { Idempotent } from './idempotency/idempotent.js';
export { hashOfBody } from './idempotency/idempotent-requests.js';
export { MinuteCounts } from './minute-counts.js';
export { RequestKey } from './idempotency/request-key.js';
export { type Scope, offeredScopes, scopeNames } from './scope.js';
