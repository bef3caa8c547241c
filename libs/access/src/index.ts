// Who may call us: API keys and what they open, the administrator and what they changed, callers who repeat themselves.
export { AccessModule } from './access.module.js';
export { AppNotAllowed, KeyInvalid, KeyMissing, RateLimited, TooManyBadKeys } from './access-errors.js';
export {
  type AccessRule,
  AdminOnly,
  AnyKey,
  type KeyRule,
  NeedsScope,
  NeedsScopeOrTrustedAddress,
  OpenToAll,
  accessRuleOf,
} from './access-rule.js';
export { ApiKeys, type ApiKeyTerms, LivingKey } from './api-keys.js';
export { AuditLog } from './audit-log.js';
export {
  type Actor,
  By,
  type CalledRequest,
  type Caller,
  CallingKey,
  CallingKeyIfAny,
  FromAddress,
  RequestId,
  nameOf,
} from './caller.js';
export { IdempotencyKeyReused, RequestInFlight } from './idempotency/idempotency-errors.js';
export { Idempotent } from './idempotency/idempotent.js';
export { hashOfBody } from './idempotency/idempotent-requests.js';
export { RequestKey } from './idempotency/request-key.js';
export { type Scope, scopeNames } from './scope.js';
