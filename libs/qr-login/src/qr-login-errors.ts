import { failure } from '#errors';

export class LoginNotFound extends failure('missing', 'login_not_found', 'No such login, or its time is long over') {
  constructor() {
    super('There is no such login, or its time is long over');
  }
}

export class PollTokenInvalid extends failure('unauthenticated', 'poll_token_invalid', 'The poll token is missing or wrong') {
  constructor() {
    super('This wants the poll_token of the login as a bearer token');
  }
}

export class LoginRefused extends failure('forbidden', 'login_refused', 'Not by this key, or not for this browser session') {
  constructor() {
    super('Only the key that began the login may redeem it, with the same binding; five refusals end it');
  }
}

export class LoginCodeUsed extends failure('conflict', 'login_code_used', 'The login code was redeemed before') {
  constructor() {
    super('The login code was redeemed before: it works once');
  }
}

export class LoginCodeExpired extends failure(
  'conflict',
  'login_code_expired',
  'The login is not confirmed, or its code has expired',
) {
  constructor(status: string) {
    super(`The login is ${status}: let the person begin again`);
  }
}

export class TooManyLogins extends failure('limited', 'too_many_logins', 'Too many QR logins were begun within a minute') {
  constructor(of: 'key' | 'strangers' | 'address', retryAfterSeconds: number) {
    const by = of === 'strangers' ? 'browsers that come by themselves' : `this ${of}`;
    super(`Too many QR logins were begun by ${by} within a minute`, { retryAfterSeconds });
  }
}

export class LoginPageNotFound extends failure(
  'missing',
  'login_page_not_found',
  'No such login page, or its time is long over',
) {
  constructor() {
    super('There is no such login page, or its time is long over');
  }
}

export class LoginPageBusy extends failure(
  'unavailable',
  'login_page_busy',
  'WeChat has not yet given the code of the login page',
) {
  constructor() {
    super('WeChat has not yet given the code of this login page', { retryAfterSeconds: 2 });
  }
}

export class LoginFormReplaced extends failure(
  'gone',
  'login_form_replaced',
  'This form of the login page was replaced by POST /v1/apps/{appid}/login-pages',
) {
  constructor() {
    super(
      'Anybody could write such an address: let your server ask POST /v1/apps/{appid}/login-pages, and send the browser to the url it answers',
    );
  }
}

export class PrefetchRefused extends failure(
  'unavailable',
  'prefetch_refused',
  'The page is for whoever opens it, and is not fetched ahead',
) {
  constructor() {
    super('The page is for whoever opens it, and is not fetched ahead', { retryAfterSeconds: 1 });
  }
}
