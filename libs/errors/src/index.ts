// How things fail: the one base class of every expected failure, and the few failures that belong to no room.
export {
  type Failure,
  type FailureClass,
  type FailureFacts,
  type FailureKind,
  GatewayError,
  declaredFailures,
  failure,
} from './gateway-error.js';
export { type InLanguage, type Language, type Sentence, because, inLanguage } from './sentence.js';
export { CursorOfAnotherTime, type Fault, InvalidInput, StorageUnavailable } from './common-failures.js';
