import { AppDisabled, AppNotFound } from '#account';
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
  'unavailable',
  'too_many_rejections',
  'Tokens of this app were reported dead too often',
) {
  constructor(appid: string, retryAfterSeconds: number) {
    super(`Tokens of ${appid} were reported dead so often within an hour that WeChat is not asked again for now`, {
      retryAfterSeconds,
    });
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

/** How the wait for a token can fail, for routes to declare. */
export const tokenFailures: FailureClass[] = [AppNotFound, NoSuchCredential, AppDisabled, TokenPending, ...wechatFailures];
