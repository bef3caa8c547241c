import { AppDisabled, AppNotFound } from '#app';
import { type FailureClass, failure } from '#errors';
import { wechatFailures } from '#wechat';

export class NoSuchCredential extends failure('invalid', 'no_such_credential', 'An app of this kind has no such credential') {
  constructor(appid: string, why: string) {
    super(`The app ${appid} has none: ${why}`);
  }
}

export class TokenPending extends failure(
  'unavailable',
  'token_pending',
  'No living token is held, and a new one is not there yet',
) {
  constructor(appid: string, retryAfterSeconds = 1) {
    super(`No living token is held for ${appid}, and a new one is not there yet`, { retryAfterSeconds });
  }
}

export class TooManyRejections extends failure(
  'limited',
  'too_many_rejections',
  'The key reported tokens dead too often that WeChat takes',
) {
  constructor(appid: string, retryAfterSeconds: number) {
    super(
      `This key reported tokens of ${appid} dead, and WeChat took them: look for another cause. The token that is good stands under access-token`,
      { retryAfterSeconds },
    );
  }
}

export class UrlNotAllowed extends failure(
  'forbidden',
  'url_not_allowed',
  'The page is not among those that may have the JS-SDK',
) {
  constructor(appid: string) {
    super(`The page is not among the jsapi_url_prefixes of the app ${appid}`);
  }
}

// What the credentials of platforms and their accounts wait for. Declared here, since any call with a token may meet it.

export class TicketMissing extends failure(
  'unavailable',
  'ticket_missing',
  'WeChat has not sent the platform a ticket that is good',
) {
  constructor(appid: string, wasRefused: boolean) {
    const why = wasRefused ? 'WeChat no longer takes the ticket that is held' : 'no ticket has arrived yet';
    super(`${appid}: ${why}; WeChat sends one every ten minutes to the address of the platform's events`, {
      retryAfterSeconds: 60,
    });
  }
}

export class AuthorizationRevoked extends failure(
  'conflict',
  'authorization_revoked',
  'The account does not allow a platform to speak for it',
) {
  constructor(appid: string) {
    super(`${appid} does not allow a platform here to speak for it, or took that back: it must authorise the platform again`);
  }
}

export class AuthorizationLost extends failure(
  'conflict',
  'authorization_lost',
  'What the account authorised is no longer taken by WeChat',
) {
  constructor(appid: string, facts: { cause?: unknown } = {}) {
    super(`No refresh token of ${appid} is held that WeChat takes: it must authorise the platform again`, facts);
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
