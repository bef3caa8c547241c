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
