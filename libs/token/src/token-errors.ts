import { AppDisabled, AppNotFound } from '#app';
import { type FailureClass, type Sentence, failure } from '#errors';
import { wechatFailures } from '#wechat';

export class NoSuchCredential extends failure('invalid', 'no_such_credential', {
  en: 'An app of this kind has no such credential',
  zh: '这类应用没有这种凭证',
}) {
  constructor(appid: string, why: Sentence) {
    super({ en: `The app ${appid} has none: ${why.en}`, zh: `应用 ${appid} 没有这种凭证：${why.zh}` });
  }
}

export class TokenPending extends failure('unavailable', 'token_pending', {
  en: 'No living token is held, and a new one is not there yet',
  zh: '手上没有有效的令牌，新的还没有拿到',
}) {
  constructor(appid: string, retryAfterSeconds = 1) {
    super(
      {
        en: `No living token is held for ${appid}, and a new one is not there yet`,
        zh: `${appid} 手上没有有效的令牌，新的还没有拿到`,
      },
      { retryAfterSeconds },
    );
  }
}

export class TooManyRejections extends failure('limited', 'too_many_rejections', {
  en: 'The key reported tokens dead too often that WeChat takes',
  zh: '这个密钥多次把有效的令牌报为失效',
}) {
  constructor(appid: string, retryAfterSeconds: number) {
    super(
      {
        en: `This key reported tokens of ${appid} dead, and WeChat took them: look for another cause. The token that is good stands under access-token`,
        zh: `这个密钥把 ${appid} 的令牌报为失效，但微信仍接受它们：请查找其他原因。有效的令牌可从 access-token 接口取得`,
      },
      { retryAfterSeconds },
    );
  }
}

export class UrlNotAllowed extends failure('forbidden', 'url_not_allowed', {
  en: 'The page is not among those that may have the JS-SDK',
  zh: '这个页面不在允许使用 JS-SDK 的范围内',
}) {
  constructor(appid: string) {
    super({
      en: `The page is not among the jsapi_url_prefixes of the app ${appid}`,
      zh: `页面地址不在应用 ${appid} 的 jsapi_url_prefixes 之中`,
    });
  }
}

// The failures of credentials of platforms and their accounts. Declared here because any call with a token may meet them.

export class TicketMissing extends failure('unavailable', 'ticket_missing', {
  en: 'WeChat has not sent the platform a ticket that is good',
  zh: '微信还没有给平台推送有效的 ticket',
}) {
  constructor(appid: string, wasRefused: boolean) {
    const why = wasRefused
      ? { en: 'WeChat no longer takes the ticket that is held', zh: '微信不再接受手上的 ticket' }
      : { en: 'no ticket has arrived yet', zh: '还没有收到 ticket' };
    super(
      {
        en: `${appid}: ${why.en}; WeChat sends one every ten minutes to the address of the platform's events`,
        zh: `${appid}：${why.zh}；微信每十分钟向平台的授权事件接收地址推送一次`,
      },
      { retryAfterSeconds: 60 },
    );
  }
}

export class AuthorizationRevoked extends failure('conflict', 'authorization_revoked', {
  en: 'The account does not allow a platform to speak for it',
  zh: '授权方没有允许平台代它调用',
}) {
  constructor(appid: string) {
    super({
      en: `${appid} does not allow a platform here to speak for it, or took that back: it must authorise the platform again`,
      zh: `${appid} 没有授权这里的平台代它调用，或已取消授权：请让它重新授权`,
    });
  }
}

export class AuthorizationLost extends failure('conflict', 'authorization_lost', {
  en: 'What the account authorised is no longer taken by WeChat',
  zh: '授权方的授权已不被微信接受',
}) {
  constructor(appid: string, facts: { cause?: unknown } = {}) {
    super(
      {
        en: `No refresh token of ${appid} is held that WeChat takes: it must authorise the platform again`,
        zh: `这里没有 ${appid} 的、微信仍接受的刷新令牌：请让它重新授权平台`,
      },
      facts,
    );
  }
}

/** How the wait for a token can fail, for routes to declare. */
export const tokenFailures: FailureClass[] = [
  AppNotFound,
  NoSuchCredential,
  AppDisabled,
  TokenPending,
  TicketMissing,
  AuthorizationRevoked,
  AuthorizationLost,
  ...wechatFailures,
];
