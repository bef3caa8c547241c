import { AppDisabled, AppNotFound } from '#app';
import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';

export class NotAPlatform extends failure('conflict', 'not_a_platform', 'The app is no third-party platform') {
  constructor(appid: string) {
    super(`The app ${appid} is no third-party platform`);
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
  'No such authorizer ever authorised the platform',
) {
  constructor(appid: string) {
    super(`${appid} never authorised this platform, as far as is known here`);
  }
}

export const platformFailures: FailureClass[] = [AppNotFound, AppDisabled, NotAPlatform];

/** How a call with the platform's token can fail, for routes to declare. */
export const platformCallFailures: FailureClass[] = [...platformFailures, ...tokenFailures];
