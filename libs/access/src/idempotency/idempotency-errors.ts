import { failure } from '#errors';

export class IdempotencyKeyReused extends failure('conflict', 'idempotency_key_reused', {
  en: 'The Idempotency-Key was used with another body',
  zh: '这个 Idempotency-Key 已用于另一个请求体',
}) {
  constructor() {
    super({
      en: 'This Idempotency-Key was used before with another body; take a new key for a new request',
      zh: '这个 Idempotency-Key 之前用于另一个请求体；新的请求请换一个新值',
    });
  }
}

export class RequestInFlight extends failure('conflict', 'request_in_flight', {
  en: 'The first request with this Idempotency-Key is still under way',
  zh: '使用这个 Idempotency-Key 的第一个请求还在处理中',
}) {
  constructor() {
    super(
      {
        en: 'The first request with this Idempotency-Key is still under way; ask again shortly',
        zh: '使用这个 Idempotency-Key 的第一个请求还在处理中，请稍后再试',
      },
      { retryAfterSeconds: 1 },
    );
  }
}

export class AlreadyCreated extends failure('conflict', 'already_created', {
  en: 'The first request created it; its secret is not shown twice',
  zh: '第一个请求已经创建了它；密钥内容只显示一次',
}) {
  constructor(id: string) {
    super(
      {
        en: `The first request with this Idempotency-Key created ${id}; its secret is not shown twice`,
        zh: `使用这个 Idempotency-Key 的第一个请求已创建 ${id}；密钥内容只显示一次`,
      },
      { members: { id } },
    );
  }
}
