import { type Sentence, failure } from '#errors';
import type { Scope } from './scope.js';

export class KeyMissing extends failure('unauthenticated', 'key_missing', {
  en: 'The request carries no key',
  zh: '请求没有带密钥',
}) {
  constructor() {
    super({
      en: 'Send an API key, or the admin token where the admin API is called, as "Authorization: Bearer …"',
      zh: '请带上 API 密钥（调用管理 API 时带管理员令牌）："Authorization: Bearer …"',
    });
  }
}

export class KeyInvalid extends failure('unauthenticated', 'key_invalid', {
  en: 'The key is not known, or was revoked',
  zh: '密钥无效，或已被吊销',
}) {
  constructor(why: Sentence = { en: 'The key is not known here, or was revoked', zh: '这里没有这个密钥，或它已被吊销' }) {
    super(why);
  }
}

export class KeyExpired extends failure('unauthenticated', 'key_expired', { en: 'The key has expired', zh: '密钥已过期' }) {
  constructor(when: Date) {
    super({ en: `The key expired at ${when.toISOString()}`, zh: `密钥已于 ${when.toISOString()} 过期` });
  }
}

export class InsufficientScope extends failure('forbidden', 'insufficient_scope', {
  en: 'The key lacks the scope that the route needs',
  zh: '密钥没有这个接口需要的权限范围',
}) {
  constructor(scope: Scope) {
    super({ en: `The key lacks the scope ${scope}`, zh: `密钥没有权限范围 ${scope}` }, { members: { required_scope: scope } });
  }
}

export class AppNotAllowed extends failure('forbidden', 'app_not_allowed', {
  en: 'The key does not hold this app',
  zh: '密钥不能用于这个应用',
}) {
  constructor(appid: string) {
    super({ en: `The key does not hold the app ${appid}`, zh: `密钥不能用于应用 ${appid}` });
  }
}

export class AddressNotAllowed extends failure('forbidden', 'address_not_allowed', {
  en: 'The key does not work from this address',
  zh: '密钥不能从这个 IP 地址使用',
}) {
  constructor(address: string) {
    super({
      en: `The key does not work from ${address}; its allowed_addresses say from where`,
      zh: `密钥不能从 ${address} 使用；允许的地址见它的 allowed_addresses`,
    });
  }
}

export class TooManyBadKeys extends failure('limited', 'too_many_bad_keys', {
  en: 'Too many bad keys came from this address',
  zh: '这个 IP 地址发来的错误密钥太多',
}) {
  constructor(retryAfterSeconds: number) {
    super(
      {
        en: 'Too many bad keys came from this address; good keys are still served',
        zh: '这个 IP 地址发来的错误密钥太多；正确的密钥仍可使用',
      },
      { retryAfterSeconds },
    );
  }
}

export class RateLimited extends failure('limited', 'rate_limited', {
  en: "The key's own rate limit is reached",
  zh: '密钥达到了自己的调用频率上限',
}) {
  constructor(perMinute: number, retryAfterSeconds: number) {
    super(
      { en: `The key may make ${perMinute} requests a minute`, zh: `这个密钥每分钟最多调用 ${perMinute} 次` },
      { retryAfterSeconds },
    );
  }
}

export class ApiKeyNotFound extends failure('missing', 'api_key_not_found', { en: 'No such API key', zh: '没有这个 API 密钥' }) {
  constructor(id: string) {
    super({ en: `There is no API key ${id}`, zh: `没有 API 密钥 ${id}` });
  }
}

export class OverlapUnderWay extends failure('conflict', 'overlap_under_way', {
  en: 'A former secret of the key is still good',
  zh: '密钥的旧值还在有效期内',
}) {
  constructor(until: Date) {
    super({
      en: `The secret before this one is good until ${until.toISOString()}; the key gets another one after that`,
      zh: `上一个密钥值到 ${until.toISOString()} 才失效，在那之后才能再次轮换`,
    });
  }
}
