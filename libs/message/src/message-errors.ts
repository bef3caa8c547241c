import { IdempotencyKeyReused, RequestInFlight } from '#access';
import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';

export class MessageNotFound extends failure('missing', 'message_not_found', {
  en: 'No such message was sent here, or long ago',
  zh: '这里没有发过这条消息，或者时间太久',
}) {
  constructor() {
    super({
      en: 'No message with this id was sent for this app, or its time is over',
      zh: '这个应用没有发过此 ID 的消息，或者它已过保存期',
    });
  }
}

/** The first answer, which nobody may take for a failure to send. */
export class OutcomeUnknown extends failure('upstream-silent', 'outcome_unknown', {
  en: 'WeChat did not answer: the message may have been sent',
  zh: '微信没有响应：消息可能已经发出',
}) {
  constructor(id: string, repeatable: boolean) {
    super(
      repeatable
        ? {
            en: 'WeChat did not answer, so the message may have been sent. Repeat the request with the same Idempotency-Key or client_msg_id within nine minutes: WeChat sends it once',
            zh: '微信没有响应，消息可能已经发出。请在九分钟内用相同的 Idempotency-Key 或 client_msg_id 重试：微信只会发送一次',
          }
        : {
            en: 'WeChat did not answer, so the message may have been sent. It has no means to tell a repeat of such a message, so the gateway sends none',
            zh: '微信没有响应，消息可能已经发出。微信无法识别这类消息的重复请求，所以网关不会自动重试',
          },
      { members: { id } },
    );
  }
}

export class SendNotRepeated extends failure('conflict', 'send_not_repeated', {
  en: 'An earlier attempt may have sent the message, and a repeat could send it twice',
  zh: '上一次请求可能已把消息发出，重试可能会重复发送',
}) {
  constructor(id: string) {
    super(
      {
        en: 'An earlier attempt may have sent the message, and a repeat could send it twice: if you want that, take a new key',
        zh: '上一次请求可能已把消息发出，重试可能会重复发送；如果确实要再发一次，请换一个 Idempotency-Key',
      },
      {
        members: { id },
      },
    );
  }
}

export class ClientMsgIdReused extends failure('conflict', 'client_msg_id_reused', {
  en: 'The client_msg_id was used for another message',
  zh: 'client_msg_id 已用于另一条消息',
}) {
  constructor() {
    super({
      en: 'This client_msg_id was used for another message to this person within a day',
      zh: '一天之内，这个 client_msg_id 已用于发给此人的另一条消息',
    });
  }
}

export const sendFailures: FailureClass[] = [
  ...tokenFailures,
  OutcomeUnknown,
  SendNotRepeated,
  IdempotencyKeyReused,
  RequestInFlight,
];
