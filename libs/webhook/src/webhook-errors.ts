import { type Sentence, because, failure } from '#errors';

export class WebhookNotFound extends failure('missing', 'webhook_not_found', {
  en: 'There is no such webhook for this key',
  zh: '这个密钥没有这个 webhook',
}) {
  constructor() {
    super({
      en: 'There is no such webhook, or the key does not hold all of its apps',
      zh: '没有这个 webhook，或者密钥不能用于它的全部应用',
    });
  }
}

export class AddressForbidden extends failure('invalid', 'address_forbidden', {
  en: 'Webhooks may not be sent to this address',
  zh: 'webhook 不能发往这个地址',
}) {
  constructor(why: Sentence) {
    super(because({ en: 'Webhooks may not be sent there', zh: 'webhook 不能发往这个地址' }, why));
  }
}

export class WebhookKeyEnded extends failure('conflict', 'webhook_key_ended', {
  en: 'The key that the webhook belongs to has ended',
  zh: 'webhook 所属的密钥已失效',
}) {
  constructor() {
    super({
      en: 'The key that the webhook belongs to was revoked or has expired; an operator can let another key adopt it',
      zh: 'webhook 所属的密钥已吊销或过期；管理员可以让另一个密钥接管它',
    });
  }
}

export class WebhookKeyLacks extends failure('conflict', 'webhook_key_lacks', {
  en: 'The key that the webhook belongs to, or shall belong to, lacks what it needs',
  zh: 'webhook 所属（或将要所属）的密钥缺少它需要的权限',
}) {
  constructor(keyId: string, lacking: readonly string[]) {
    super({ en: `The key ${keyId} lacks ${lacking.join(', ')}`, zh: `密钥 ${keyId} 缺少 ${lacking.join('、')}` });
  }
}
