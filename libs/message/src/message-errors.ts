import { IdempotencyKeyReused, RequestInFlight } from '#access';
import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';

export class MessageNotFound extends failure('missing', 'message_not_found', 'No such message was sent here, or long ago') {
  constructor() {
    super('No message with this id was sent for this app, or its time is over');
  }
}

/** The first answer, which nobody may take for a failure to send. */
export class OutcomeUnknown extends failure(
  'upstream-silent',
  'outcome_unknown',
  'WeChat did not answer: the message may have been sent',
) {
  constructor(id: string, repeatable: boolean) {
    super(
      repeatable
        ? 'WeChat did not answer, so the message may have been sent. Repeat the request with the same Idempotency-Key or client_msg_id within nine minutes: WeChat sends it once'
        : 'WeChat did not answer, so the message may have been sent. It has no means to tell a repeat of such a message, so the gateway sends none',
      { members: { id } },
    );
  }
}

export class SendNotRepeated extends failure(
  'conflict',
  'send_not_repeated',
  'An earlier attempt may have sent the message, and a repeat could send it twice',
) {
  constructor(id: string) {
    super('An earlier attempt may have sent the message, and a repeat could send it twice: if you want that, take a new key', {
      members: { id },
    });
  }
}

export class ClientMsgIdReused extends failure(
  'conflict',
  'client_msg_id_reused',
  'The client_msg_id was used for another message',
) {
  constructor() {
    super('This client_msg_id was used for another message to this person within a day');
  }
}

export const sendFailures: FailureClass[] = [
  ...tokenFailures,
  OutcomeUnknown,
  SendNotRepeated,
  IdempotencyKeyReused,
  RequestInFlight,
];
