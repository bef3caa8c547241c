import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';
import { CodeInvalid, CodeUsed } from '#wechat';

export class NotAMiniProgram extends failure('invalid', 'not_a_mini_program', 'Only mini programs have this') {
  constructor(kind: string) {
    super(`This app is of the kind ${kind}, and only mini programs have this`);
  }
}

export class SessionNotFound extends failure('missing', 'session_not_found', 'There is no such session, or it is long over') {
  constructor() {
    super('There is no such session of this app, or it is long over: let the mini program log in again');
  }
}

export class DataNotOpened extends failure(
  'upstream-refused',
  'data_not_opened',
  'The data does not open with the session_key that is kept',
) {
  constructor(cause: unknown) {
    super('The data does not open: its session_key was probably replaced since. Let the mini program log in, and ask again', {
      cause,
    });
  }
}

export class DataOfAnotherApp extends failure(
  'upstream-refused',
  'data_of_another_app',
  'The data was made for another mini program',
) {
  constructor() {
    super('The watermark of the data names another mini program');
  }
}

export const loginFailures: FailureClass[] = [...tokenFailures, NotAMiniProgram, CodeUsed, CodeInvalid];

export const callFailures: FailureClass[] = [...tokenFailures, NotAMiniProgram];
