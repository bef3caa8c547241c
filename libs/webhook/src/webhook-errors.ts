import { failure } from '#errors';

export class WebhookNotFound extends failure('missing', 'webhook_not_found', 'There is no such webhook for this key') {
  constructor() {
    super('There is no such webhook, or the key does not hold all of its apps');
  }
}

export class AddressForbidden extends failure('invalid', 'address_forbidden', 'Webhooks may not be sent to this address') {
  constructor(why: string) {
    super(`Webhooks may not be sent there: ${why}`);
  }
}

export class WebhookKeyEnded extends failure('conflict', 'webhook_key_ended', 'The key that the webhook belongs to has ended') {
  constructor() {
    super('The key that the webhook belongs to was revoked or has expired; an operator can let another key adopt it');
  }
}

export class WebhookKeyLacks extends failure(
  'conflict',
  'webhook_key_lacks',
  'The key that the webhook belongs to, or shall belong to, lacks what it needs',
) {
  constructor(keyId: string, lacking: readonly string[]) {
    super(`The key ${keyId} lacks ${lacking.join(', ')}`);
  }
}
