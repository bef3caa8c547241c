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
  constructor(of: 'key' | 'address') {
    super(`Too many QR logins were begun by this ${of} within a minute`, { retryAfterSeconds: 20 });
  }
}
