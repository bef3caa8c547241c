import { failure } from '#errors';
import type { Scope } from './scope.js';

export class KeyMissing extends failure('unauthenticated', 'key_missing', 'The request carries no key') {
  constructor() {
    super('Send an API key, or the admin token where the admin API is called, as "Authorization: Bearer …"');
  }
}

export class KeyInvalid extends failure('unauthenticated', 'key_invalid', 'The key is not known, or was revoked') {
  constructor(why = 'The key is not known here, or was revoked') {
    super(why);
  }
}

export class KeyExpired extends failure('unauthenticated', 'key_expired', 'The key has expired') {
  constructor(when: Date) {
    super(`The key expired at ${when.toISOString()}`);
  }
}

export class InsufficientScope extends failure(
  'forbidden',
  'insufficient_scope',
  'The key lacks the scope that the route needs',
) {
  constructor(scope: Scope) {
    super(`The key lacks the scope ${scope}`, { members: { required_scope: scope } });
  }
}

export class AppNotAllowed extends failure('forbidden', 'app_not_allowed', 'The key does not hold this app') {
  constructor(appid: string) {
    super(`The key does not hold the app ${appid}`);
  }
}

export class AddressNotAllowed extends failure('forbidden', 'address_not_allowed', 'The key does not work from this address') {
  constructor(address: string) {
    super(`The key does not work from ${address}; its allowed_addresses say from where`);
  }
}

export class TooManyBadKeys extends failure('limited', 'too_many_bad_keys', 'Too many bad keys came from this address') {
  constructor(retryAfterSeconds: number) {
    super('Too many bad keys came from this address; good keys are still served', { retryAfterSeconds });
  }
}

export class RateLimited extends failure('limited', 'rate_limited', "The key's own rate limit is reached") {
  constructor(perMinute: number, retryAfterSeconds: number) {
    super(`The key may make ${perMinute} requests a minute`, { retryAfterSeconds });
  }
}

export class ApiKeyNotFound extends failure('missing', 'api_key_not_found', 'No such API key') {
  constructor(id: string) {
    super(`There is no API key ${id}`);
  }
}

export class OverlapUnderWay extends failure('conflict', 'overlap_under_way', 'A former secret of the key is still good') {
  constructor(until: Date) {
    super(`The secret before this one is good until ${until.toISOString()}; the key gets another one after that`);
  }
}
