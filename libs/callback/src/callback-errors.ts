import { AppNotFound } from '#account';
import { type FailureClass, StorageUnavailable, failure } from '#errors';

export class PushRefused extends failure('forbidden', 'push_refused', 'The push is not from WeChat, or not for this app') {
  constructor(why: string) {
    super(`The push is refused: ${why}`);
  }
}

export class PushStale extends failure('forbidden', 'push_stale', 'The push is rightly signed, but not of this time') {
  constructor(why: string) {
    super(`The push is refused: ${why}; is the clock of this machine right?`);
  }
}

export class PushMalformed extends failure('invalid', 'push_malformed', 'The push cannot be read') {
  constructor(why: string) {
    super(`The push cannot be read: ${why}`);
  }
}

export class CallbackNotSet extends failure('missing', 'callback_not_set', 'The app has no callback here') {
  constructor() {
    super('No app with a callback is registered for this: its operator may add a token');
  }
}

export class EventNotFound extends failure('missing', 'event_not_found', 'No such event is kept') {
  constructor() {
    super('No such event is kept, or its time is over');
  }
}

/** How a push can fail, for routes to declare. */
export const callbackFailures: FailureClass[] = [
  AppNotFound,
  CallbackNotSet,
  PushRefused,
  PushStale,
  PushMalformed,
  StorageUnavailable,
];
