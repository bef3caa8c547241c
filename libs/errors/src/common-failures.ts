import { failure } from './gateway-error.js';

export interface Fault {
  /** Where in the input, dotted: `callback.token`. */
  readonly path: string;
  readonly message: string;
}

/** The input has the wrong shape. Carries every fault at once, so that a caller mends them in one go. */
export class InvalidInput extends failure('invalid', 'validation_failed', 'The request has the wrong shape') {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map((fault) => `${fault.path}: ${fault.message}`).join('; '), { members: { errors: faults } });
  }
}

/** The database went back in time since the cursor was given: its numbers mean other rows now, or none. */
export class CursorOfAnotherTime extends failure(
  'gone',
  'cursor_of_another_time',
  'The cursor belongs to a time that the database has lost',
) {
  constructor() {
    super(
      'The database was restored or failed over since this cursor or event id was given, or what it names is no longer kept; read again from `since`, a time from which you may have missed something',
    );
  }
}

/** Passes by itself: the caller may simply try again. */
export class StorageUnavailable extends failure(
  'unavailable',
  'storage_unavailable',
  'The database cannot be reached at the moment',
) {
  constructor(cause?: unknown) {
    super('The database cannot be reached at the moment; try again shortly', { cause, retryAfterSeconds: 2 });
  }
}
