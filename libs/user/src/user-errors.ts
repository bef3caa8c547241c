import { failure } from '#errors';

export class UserNotFound extends failure('missing', 'user_not_found', 'The gateway has no record of this person') {
  constructor(appid: string) {
    super(`The gateway has no record of this person at ${appid}`);
  }
}
