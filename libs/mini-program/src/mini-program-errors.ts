import { type FailureClass, failure } from '#errors';
import { tokenFailures } from '#token';
import { CodeInvalid, CodeUsed } from '#wechat';

export class NotAMiniProgram extends failure('invalid', 'not_a_mini_program', {
  en: 'Only mini programs have this',
  zh: '只有小程序才有这个功能',
}) {
  constructor(kind: string) {
    super({
      en: `This app is of the kind ${kind}, and only mini programs have this`,
      zh: `这个应用的类型是 ${kind}，只有小程序才有这个功能`,
    });
  }
}

export class SessionNotFound extends failure('missing', 'session_not_found', {
  en: 'There is no such session, or it is long over',
  zh: '没有这个会话，或者它早已结束',
}) {
  constructor() {
    super({
      en: 'There is no such session of this app, or it is long over: let the mini program log in again',
      zh: '这个应用没有这个会话，或者它早已结束：请让小程序重新登录',
    });
  }
}

export class DataNotOpened extends failure('upstream-refused', 'data_not_opened', {
  en: 'The data does not open with the session_key that is kept',
  zh: '用保存的 session_key 解不开这些数据',
}) {
  constructor(cause: unknown) {
    super(
      {
        en: 'The data does not open: its session_key was probably replaced since. Let the mini program log in, and ask again',
        zh: '数据解密失败，session_key 很可能已经更换：请让小程序重新登录后再试',
      },
      {
        cause,
      },
    );
  }
}

export class DataOfAnotherApp extends failure('upstream-refused', 'data_of_another_app', {
  en: 'The data was made for another mini program',
  zh: '这些数据属于另一个小程序',
}) {
  constructor() {
    super({ en: 'The watermark of the data names another mini program', zh: '数据水印中的 AppID 是另一个小程序' });
  }
}

export const loginFailures: FailureClass[] = [...tokenFailures, NotAMiniProgram, CodeUsed, CodeInvalid];

export const callFailures: FailureClass[] = [...tokenFailures, NotAMiniProgram];
