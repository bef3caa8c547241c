import { AppDisabled, AppNotFound } from '#account';
import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';

export class NotAPlatform extends failure('conflict', 'not_a_platform', 'The app is no third-party platform') {
  constructor(appid: string) {
    super(`The app ${appid} is no third-party platform`);
  }
}

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
  constructor(appid: string) {
    super(`No refresh token of ${appid} is held that WeChat takes: it must authorise the platform again`);
  }
}

export class LinkNotFound extends failure(
  'missing',
  'authorization_link_not_found',
  'No such link was made here, or its time is over',
) {
  constructor() {
    super('No such link was made here, or its time is over: ask for another one');
  }
}

export class AuthorizerNotFound extends failure(
  'missing',
  'authorizer_not_found',
  'No such account ever authorised the platform',
) {
  constructor(appid: string) {
    super(`${appid} never authorised this platform, as far as is known here`);
  }
}

export const platformFailures: FailureClass[] = [AppNotFound, AppDisabled, NotAPlatform];

/** How a call with the platform's token can fail, for routes to declare. */
export const platformCallFailures: FailureClass[] = [...platformFailures, TicketMissing, ...tokenFailures];
