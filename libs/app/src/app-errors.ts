import { type Sentence, failure } from '#errors';

export class AppNotFound extends failure('missing', 'app_not_found', {
  en: 'No such app is registered',
  zh: '没有注册这个应用',
}) {
  constructor(appid: string) {
    super({ en: `The app ${appid} is not registered here`, zh: `应用 ${appid} 没有在这里注册` });
  }
}

export class AppDisabled extends failure('conflict', 'app_disabled', { en: 'The app is disabled', zh: '应用已停用' }) {
  constructor(appid: string) {
    super({
      en: `The app ${appid} is disabled: its operator may enable it again`,
      zh: `应用 ${appid} 已停用，可由管理员重新启用`,
    });
  }
}

export class AppExists extends failure('conflict', 'app_exists', { en: 'The app is registered already', zh: '应用已经注册' }) {
  constructor(appid: string) {
    super({
      en: `The app ${appid} is registered already; PATCH changes it, PUT brings it to a state`,
      zh: `应用 ${appid} 已经注册；用 PATCH 修改，或用 PUT 覆盖为指定状态`,
    });
  }
}

export class OriginalIdTaken extends failure('conflict', 'original_id_taken', {
  en: 'Another app has this original id',
  zh: '另一个应用已使用这个原始 ID',
}) {
  constructor() {
    super({ en: 'Another app is registered with this original id', zh: '另一个应用注册时已使用这个原始 ID' });
  }
}

export class KindIsFixed extends failure('conflict', 'kind_is_fixed', {
  en: 'The kind of an app cannot change',
  zh: '应用的类型不能修改',
}) {
  constructor(appid: string, kind: string) {
    super({
      en: `The app ${appid} is registered as ${kind}; delete it first if that was a mistake`,
      zh: `应用 ${appid} 注册的类型是 ${kind}；如果填错了，请先删除再注册`,
    });
  }
}

export class NotConfirmed extends failure('invalid', 'confirmation_required', {
  en: 'Deleting wants the appid once more',
  zh: '删除前需要再次填写 AppID',
}) {
  constructor(appid: string) {
    super({
      en: `Deleting forgets the app and all that is kept for it; confirm with ?confirm=${appid}`,
      zh: `删除会清除这个应用以及为它保存的全部数据；请加上 ?confirm=${appid} 确认`,
    });
  }
}

export class SecretRefused extends failure('upstream-refused', 'secret_refused', {
  en: 'WeChat refuses the new secret',
  zh: '微信拒绝了新的 AppSecret',
}) {
  constructor(appid: string, wechat: object) {
    super(
      {
        en: `WeChat refuses the new secret of ${appid}, so the former one is kept; ?verify=false takes it untried`,
        zh: `微信拒绝了 ${appid} 的新 AppSecret，仍使用原来的；加 ?verify=false 可不经验证直接保存`,
      },
      {
        members: { wechat },
      },
    );
  }
}

export class SecretUntried extends failure('unavailable', 'secret_untried', {
  en: 'WeChat could not be asked about the new secret',
  zh: '无法向微信验证新的 AppSecret',
}) {
  constructor(appid: string, why: Sentence) {
    super(
      {
        en: `The new secret of ${appid} could not be tried (${why.en}), so the former one is kept; ?verify=false takes it untried`,
        zh: `无法验证 ${appid} 的新 AppSecret（${why.zh}），仍使用原来的；加 ?verify=false 可不经验证直接保存`,
      },
      { retryAfterSeconds: 5 },
    );
  }
}
