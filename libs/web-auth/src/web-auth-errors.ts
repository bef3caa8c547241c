import { type FailureClass, GatewayError, failure } from '#errors';
import { tokenFailures } from '#token';
import { CodeInvalid, CodeUsed, ConsentEnded } from '#wechat';

export class ScopeNotForKind extends failure('invalid', 'scope_not_for_kind', 'Apps of this kind do not have this scope') {
  constructor(kind: string, scopes: readonly string[]) {
    const may = scopes.length > 0 ? `may ask for ${scopes.join(' or ')}` : 'has no web authorisation';
    super(`An app of the kind ${kind} ${may}`, {
      members: { errors: [{ path: 'scope', message: `does not fit: the app ${may}` }] },
    });
  }
}

export class CodeMissing extends failure('invalid', 'code_missing', 'No code: the person refused, or WeChat gave none') {
  constructor() {
    super('There is no code: WeChat sends a person who refused back with the state alone', {
      members: { errors: [{ path: 'code', message: 'is missing: the person refused, or did not come from WeChat' }] },
    });
  }
}

/** A code of ours. It stays good for whom it is for. */
export class CodeRefused extends failure('forbidden', 'code_refused', 'The code is for another key or another app') {
  constructor() {
    super('Only the key for which the login was begun may exchange the code, for the same app; five refusals end it');
  }
}

/** A code of ours, or what looks like one. */
export class OwnCodeInvalid extends GatewayError {
  override readonly failure = CodeInvalid.failure;

  constructor() {
    super('The code is unknown, or older than a minute: let the person begin again');
  }
}

export class AuthorizationNotFound extends failure(
  'missing',
  'authorization_not_found',
  'This person has not authorised this app through the gateway',
) {
  constructor(appid: string) {
    super(`This person has not authorised ${appid} through the gateway, or was erased`);
  }
}

/** WeChat said so before, and the tokens are gone. */
export class AuthorizationOver extends GatewayError {
  override readonly failure = ConsentEnded.failure;

  constructor() {
    super('The authorisation of this person has ended: they must consent again');
  }
}

export class ProfileNotAuthorized extends failure(
  'conflict',
  'profile_not_authorized',
  'The person has only authorised snsapi_base, which shows no profile',
) {
  constructor() {
    super('The person has only authorised snsapi_base, which shows no profile: ask them with snsapi_userinfo');
  }
}

export class RenewalUnderWay extends failure(
  'unavailable',
  'authorization_renewal_pending',
  'The tokens of this person are being renewed, and are not there yet',
) {
  constructor() {
    super('The tokens of this person are being renewed, and are not there yet', { retryAfterSeconds: 1 });
  }
}

/** How any call for a person can fail, for routes to declare. */
export const personFailures: FailureClass[] = [ScopeNotForKind, ...tokenFailures];

export const exchangeFailures: FailureClass[] = [...personFailures, CodeMissing, CodeUsed, CodeInvalid, CodeRefused];
