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

export class TooManyWrongSignatures extends failure(
  'limited',
  'too_many_wrong_signatures',
  'Too many wrong signatures came from this address',
) {
  constructor(retryAfterSeconds: number) {
    super('Too many wrong signatures came from this address; right ones are still answered', { retryAfterSeconds });
  }
}

export class EventNotFound extends failure('missing', 'event_not_found', 'No such event is kept') {
  constructor() {
    super('No such event is kept, or its time is over');
  }
}

export class TooManyStreams extends failure('limited', 'too_many_streams', 'The key holds too many streams of events') {
  constructor(most: number) {
    super(`The key holds ${most} streams of events here already: one stream of an app carries all of its events`, {
      retryAfterSeconds: 30,
    });
  }
}

export class NoRoomForStreams extends failure(
  'unavailable',
  'no_room_for_streams',
  'The replica holds as many streams as it can',
) {
  constructor(most: number) {
    super(`This replica holds ${most} streams of events, which is all it has room for; another may have some`, {
      retryAfterSeconds: 30,
    });
  }
}

/** How a push can fail, for routes to declare. */
export const callbackFailures: FailureClass[] = [PushRefused, PushStale, PushMalformed, StorageUnavailable];
