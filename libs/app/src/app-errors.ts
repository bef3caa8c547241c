import { failure } from '#errors';

export class AppNotFound extends failure('missing', 'app_not_found', 'No such app is registered') {
  constructor(appid: string) {
    super(`The app ${appid} is not registered here`);
  }
}

export class AppDisabled extends failure('conflict', 'app_disabled', 'The app is disabled') {
  constructor(appid: string) {
    super(`The app ${appid} is disabled: its operator may enable it again`);
  }
}

export class AppExists extends failure('conflict', 'app_exists', 'The app is registered already') {
  constructor(appid: string) {
    super(`The app ${appid} is registered already; PATCH changes it, PUT brings it to a state`);
  }
}

export class OriginalIdTaken extends failure('conflict', 'original_id_taken', 'Another app has this original id') {
  constructor() {
    super('Another app is registered with this original id');
  }
}

export class KindIsFixed extends failure('conflict', 'kind_is_fixed', 'The kind of an app cannot change') {
  constructor(appid: string, kind: string) {
    super(`The app ${appid} is registered as ${kind}; delete it first if that was a mistake`);
  }
}

export class NotConfirmed extends failure('invalid', 'confirmation_required', 'Deleting wants the appid once more') {
  constructor(appid: string) {
    super(`Deleting forgets the app and all that is kept for it; confirm with ?confirm=${appid}`);
  }
}

export class SecretRefused extends failure('upstream-refused', 'secret_refused', 'WeChat refuses the new secret') {
  constructor(appid: string, wechat: object) {
    super(`WeChat refuses the new secret of ${appid}, so the former one is kept; ?verify=false takes it untried`, {
      members: { wechat },
    });
  }
}

export class SecretUntried extends failure('unavailable', 'secret_untried', 'WeChat could not be asked about the new secret') {
  constructor(appid: string, why: string) {
    super(`The new secret of ${appid} could not be tried (${why}), so the former one is kept; ?verify=false takes it untried`, {
      retryAfterSeconds: 5,
    });
  }
}
