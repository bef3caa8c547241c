import { failure } from '#errors';

export class UserNotFound extends failure('missing', 'user_not_found', {
  en: 'The gateway has no record of this person',
  zh: '网关没有这个人的记录',
}) {
  constructor(appid: string) {
    super({ en: `The gateway has no record of this person at ${appid}`, zh: `网关没有此人在 ${appid} 的记录` });
  }
}
