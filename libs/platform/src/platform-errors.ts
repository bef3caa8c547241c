import { AppDisabled, AppNotFound } from '#app';
import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';

export class NotAPlatform extends failure('conflict', 'not_a_platform', {
  en: 'The app is no third-party platform',
  zh: '这个应用不是第三方平台',
}) {
  constructor(appid: string) {
    super({ en: `The app ${appid} is no third-party platform`, zh: `应用 ${appid} 不是第三方平台` });
  }
}

export class LinkNotFound extends failure('missing', 'authorization_link_not_found', {
  en: 'No such link was made here, or its time is over',
  zh: '没有这个授权链接，或者它已过期',
}) {
  constructor() {
    super({
      en: 'No such link was made here, or its time is over: ask for another one',
      zh: '没有这个授权链接，或者它已过期：请重新获取',
    });
  }
}

export class AuthorizerNotFound extends failure('missing', 'authorizer_not_found', {
  en: 'No such authorizer ever authorised the platform',
  zh: '这个授权方没有授权过该平台',
}) {
  constructor(appid: string) {
    super({
      en: `${appid} never authorised this platform, as far as is known here`,
      zh: `据这里的记录，${appid} 没有授权过这个平台`,
    });
  }
}

export const platformFailures: FailureClass[] = [AppNotFound, AppDisabled, NotAPlatform];

/** How a call with the platform's token can fail, for routes to declare. */
export const platformCallFailures: FailureClass[] = [...platformFailures, ...tokenFailures];
