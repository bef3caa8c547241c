import { type Fault, InvalidInput } from '#errors';
import type { AppKind, CallbackMode, TokenMode } from './app.entity.js';

export interface CallbackState {
  readonly token: string;
  readonly encodingAesKey: string | null;
  /** If absent: `safe` with an AES key, else `plain`. */
  readonly mode?: CallbackMode | undefined;
  /** For how long the token and key before this change are accepted as well. */
  readonly overlapSeconds?: number | undefined;
}

/** Everything that an operator decides about an app, with clear secrets. It exists only while the app is written. */
export interface AppState {
  readonly kind: AppKind;
  readonly name: string;
  readonly originalId: string | null;
  readonly tokenMode: TokenMode;
  readonly enabled: boolean;
  /** Null for an authorizer: its platform speaks for it. */
  readonly secret: string | null;
  readonly forwardProxy: string | null;
  readonly jsapiUrlPrefixes: string[];
  readonly callback: CallbackState | null;
}

/** A field that is absent stays as it is; null removes it. */
export interface AppPatch extends Partial<Omit<AppState, 'kind' | 'callback'>> {
  readonly callback?: Partial<CallbackState> | null | undefined;
}

export type SecretField = 'secret' | 'forwardProxy' | 'callbackToken' | 'callbackEncodingAesKey';

export function secretsOf(state: AppState): Record<SecretField, string | null> {
  return {
    secret: state.secret,
    forwardProxy: state.forwardProxy,
    callbackToken: state.callback?.token ?? null,
    callbackEncodingAesKey: state.callback?.encodingAesKey ?? null,
  };
}

export const modeOf = (callback: CallbackState): CallbackMode =>
  callback.mode ?? (callback.encodingAesKey === null ? 'plain' : 'safe');

export function patched(before: AppState, patch: AppPatch): AppState {
  const { callback, ...rest } = patch;
  return {
    ...before,
    ...rest,
    callback: callback === undefined ? before.callback : callback && mergedCallback(before.callback, callback),
  };
}

function mergedCallback(before: CallbackState | null, patch: Partial<CallbackState>): CallbackState {
  const token = patch.token ?? before?.token;
  if (token === undefined)
    throw new InvalidInput([{ path: 'callback.token', message: 'is needed: this app has no callback yet' }]);
  return {
    token,
    encodingAesKey: patch.encodingAesKey === undefined ? (before?.encodingAesKey ?? null) : patch.encodingAesKey,
    mode: patch.mode ?? (before && patch.encodingAesKey === undefined ? before.mode : undefined),
    overlapSeconds: patch.overlapSeconds,
  };
}

/** Checks what needs more than one field. */
export function checkCallback({ kind, callback }: AppState): void {
  if (!callback) return;
  const faults: Fault[] = [];
  const mode = modeOf(callback);
  if (mode !== 'plain' && callback.encodingAesKey === null)
    faults.push({ path: 'callback.encoding_aes_key', message: `is needed in ${mode} mode: encrypted pushes could not be read` });
  if (kind === 'third_party_platform' && mode !== 'safe')
    faults.push({
      path: 'callback.mode',
      message: 'must be safe for a third-party platform: WeChat always encrypts what it sends to one',
    });
  if (faults.length > 0) throw new InvalidInput(faults);
}
