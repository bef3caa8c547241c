import { type FailureClass, GatewayError, failure } from '#errors';
import { tokenFailures } from '#token';
import { CodeInvalid, CodeUsed, ConsentEnded } from '#wechat';

export class ScopeNotForKind extends failure('invalid', 'scope_not_for_kind', {
  en: 'Apps of this kind do not have this scope',
  zh: '这类应用没有这个授权作用域',
}) {
  constructor(kind: string, scopes: readonly string[]) {
    const may =
      scopes.length > 0
        ? { en: `may ask for ${scopes.join(' or ')}`, zh: `可以使用 ${scopes.join(' 或 ')}` }
        : { en: 'has no web authorisation', zh: '没有网页授权' };
    const message = { en: `does not fit: the app ${may.en}`, zh: `不适用：该应用${may.zh}` };
    super(
      { en: `An app of the kind ${kind} ${may.en}`, zh: `类型为 ${kind} 的应用${may.zh}` },
      { members: { errors: [{ path: 'scope', message }] } },
    );
  }
}

export class CodeMissing extends failure('invalid', 'code_missing', {
  en: 'No code: the person refused, or WeChat gave none',
  zh: '没有 code：用户拒绝了授权，或微信没有给出',
}) {
  constructor() {
    const message = {
      en: 'is missing: the person refused, or did not come from WeChat',
      zh: '缺失：用户拒绝了授权，或不是从微信跳转而来',
    };
    super(
      {
        en: 'There is no code: WeChat sends a person who refused back with the state alone',
        zh: '没有 code：用户拒绝授权时，微信跳转回来只带 state',
      },
      { members: { errors: [{ path: 'code', message }] } },
    );
  }
}

/** A code of ours. It stays good for whom it is for. */
export class CodeRefused extends failure('forbidden', 'code_refused', {
  en: 'The code is for another key or another app',
  zh: '这个 code 属于另一个密钥或另一个应用',
}) {
  constructor() {
    super({
      en: 'Only the key for which the login was begun may exchange the code, for the same app; five refusals end it',
      zh: '只有为其发起登录的密钥、并且是同一个应用，才能换取这个 code；被拒绝五次后它作废',
    });
  }
}

/** A code of ours, or what looks like one. */
export class OwnCodeInvalid extends GatewayError {
  override readonly failure = CodeInvalid.failure;

  constructor() {
    super({
      en: 'The code is unknown, or older than a minute: let the person begin again',
      zh: '这个 code 不存在，或已超过一分钟：请让用户重新登录',
    });
  }
}

export class AuthorizationNotFound extends failure('missing', 'authorization_not_found', {
  en: 'This person has not authorised this app through the gateway',
  zh: '此人没有通过网关授权过这个应用',
}) {
  constructor(appid: string) {
    super({
      en: `This person has not authorised ${appid} through the gateway, or was erased`,
      zh: `此人没有通过网关授权过 ${appid}，或者已被清除`,
    });
  }
}

/** WeChat said so before, and the tokens are deleted. */
export class AuthorizationOver extends GatewayError {
  override readonly failure = ConsentEnded.failure;

  constructor() {
    super({ en: 'The authorisation of this person has ended: they must consent again', zh: '此人的授权已失效：需要重新授权' });
  }
}

export class ProfileNotAuthorized extends failure('conflict', 'profile_not_authorized', {
  en: 'The person has only authorised snsapi_base, which shows no profile',
  zh: '此人只授权了 snsapi_base，拿不到用户资料',
}) {
  constructor() {
    super({
      en: 'The person has only authorised snsapi_base, which shows no profile: ask them with snsapi_userinfo',
      zh: '此人只授权了 snsapi_base，拿不到用户资料：请用 snsapi_userinfo 请求授权',
    });
  }
}

export class RenewalUnderWay extends failure('unavailable', 'authorization_renewal_pending', {
  en: 'The tokens of this person are being renewed, and are not there yet',
  zh: '正在刷新此人的令牌，新的还没有拿到',
}) {
  constructor() {
    super(undefined, { retryAfterSeconds: 1 });
  }
}

/** How any call for a person can fail, for routes to declare. */
export const personFailures: FailureClass[] = [ScopeNotForKind, ...tokenFailures];

export const exchangeFailures: FailureClass[] = [...personFailures, CodeMissing, CodeUsed, CodeInvalid, CodeRefused];
