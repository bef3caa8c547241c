import { type Failure, type FailureClass, type FailureFacts, type FailureKind, GatewayError, failure } from '#errors';
import { secondsToChinaMidnight } from './china-midnight.js';
import { type Action, type Errcode, meaningOf, subjectOf } from './errcodes.js';
import { type PermissionSet, permissionSetOf } from './permission-sets.js';

/** What WeChat said, for a person to read. */
export interface Refusal {
  readonly errcode: number;
  readonly errmsg: string;
  /** WeChat's own number of the request: their support asks for it. */
  readonly rid: string | null;
  readonly hint: string;
}

export class WechatSilent extends failure('upstream-silent', 'wechat_silent', 'WeChat did not answer in time') {
  constructor(readonly api: string) {
    super(`WeChat did not answer ${api} in time`);
  }
}

export class WechatUnreachable extends failure('unavailable', 'wechat_unreachable', 'WeChat cannot be reached') {
  /** The call may have reached WeChat all the same, and been done. */
  readonly mayBeDone: boolean;

  constructor(
    readonly api: string,
    why: string,
    { mayBeDone = true } = {},
  ) {
    super(`WeChat could not be reached for ${api}: ${why}`, { retryAfterSeconds: 5 });
    this.mayBeDone = mayBeDone;
  }
}

export class WechatGarbled extends failure('upstream-broken', 'wechat_garbled', 'WeChat answered nonsense') {
  constructor(
    readonly api: string,
    why: string,
  ) {
    super(`WeChat answered ${api} with ${why}`);
  }
}

interface RefusalFacts extends FailureFacts {
  /** The call sent the AppSecret itself, so some errcodes mean something else. */
  readonly tradesSecret?: boolean;
}

/** WeChat understood and refused. */
export abstract class WechatRefused extends GatewayError {
  readonly refusal: Refusal;
  readonly tradesSecret: boolean;

  constructor(
    readonly api: string,
    refusal: Refusal,
    { tradesSecret = false, ...facts }: RefusalFacts = {},
  ) {
    super(`WeChat refused ${api}: ${refusal.hint}`, { ...facts, members: { ...facts.members, wechat: { ...refusal } } });
    this.refusal = refusal;
    this.tradesSecret = tradesSecret;
  }

  /** What must change for WeChat to accept the app, where that can be told. */
  get subject(): 'secret' | 'address' | undefined {
    return subjectOf(this.refusal.errcode);
  }
}

/** The base of one sort of refusal: a failure that carries what WeChat said. */
function refusal(kind: FailureKind, code: string, title: string) {
  const { failure: made } = failure(kind, code, title);
  return class extends WechatRefused {
    static readonly failure: Failure = made;
    override readonly failure: Failure = made;
  };
}

export class WechatBusy extends refusal('unavailable', 'wechat_busy', 'WeChat is busy') {}
export class WechatQuotaReached extends refusal(
  'limited',
  'wechat_quota_reached',
  'A quota or rate limit of WeChat is reached',
) {}
export class WechatRefusedInput extends refusal(
  'upstream-refused',
  'wechat_refused',
  'WeChat refused what was sent, or the state of the person forbids it',
) {}
export class AppNeedsAttention extends refusal(
  'upstream-broken',
  'app_needs_attention',
  'WeChat refuses until the operator changes something',
) {}
const { failure: permissionMissing } = failure(
  'upstream-broken',
  'permission_missing',
  'The account did not allow this to the platform that speaks for it',
);

/** An account speaks through a platform, and did not allow it this. `permission` names the set, where it is known. */
export class PermissionMissing extends AppNeedsAttention {
  static override readonly failure: Failure = permissionMissing;
  override readonly failure: Failure = permissionMissing;

  constructor(api: string, said: Refusal, facts: RefusalFacts = {}) {
    const permission = permissionSetOf(api) ?? null;
    const what = permission ? `the permission set ${permission.id}, ${permission.name},` : 'this';
    const hint = `the account did not allow ${what} to the platform: let it authorise the platform again with that`;
    super(api, { ...said, hint }, { ...facts, members: { permission } });
  }
}

/** The same, known without asking WeChat. */
export class PermissionNotGranted extends GatewayError {
  override readonly failure: Failure = permissionMissing;

  constructor(appid: string, permission: PermissionSet) {
    super(
      `${appid} did not allow the permission set ${permission.id}, ${permission.name}, to the platform: let it authorise again with that`,
      { members: { permission } },
    );
  }
}

/** WeChat gives a token again that it does not take, and another may not be forced on this day. */
export class ForcedTokensUsedUp extends GatewayError {
  static readonly why = 'WeChat gives a dead token again, and no other may be forced today';
  static readonly hint =
    'another program may be forcing tokens of this app: take the secret from it, or reset the secret, and check the app; else it is tried again at midnight in China';
  override readonly failure: Failure = AppNeedsAttention.failure;

  constructor() {
    super(`${ForcedTokensUsedUp.why}: ${ForcedTokensUsedUp.hint}`);
  }
}

/** `api unauthorized` of an account that did not allow what the API belongs to; nothing where that is not the cause. */
export function permissionMissingIn(error: WechatRefused, granted: readonly number[]): PermissionMissing | undefined {
  const wanted: PermissionSet | undefined = error.refusal.errcode === 48001 ? permissionSetOf(error.api) : undefined;
  return wanted && !granted.includes(wanted.id) ? new PermissionMissing(error.api, error.refusal) : undefined;
}

/** Healed inside the gateway: the token is renewed and the call repeated, so a caller sees it only when that failed too. */
export class TokenRefused extends refusal('unavailable', 'token_refused', 'WeChat refused the token') {}
export class CodeUsed extends refusal('conflict', 'code_used', 'The one-time code was used before') {}
export class CodeInvalid extends refusal('upstream-refused', 'code_invalid', 'The one-time code is unknown or expired') {}

/** What the person once allowed is over: only they can allow it again. */
export class ConsentEnded extends refusal(
  'conflict',
  'authorization_expired',
  'The authorisation of the person has ended: they must consent again',
) {}

/** `now` is the database's time: by a machine's own clock, the midnight of one replica would not be that of another. */
export function refusalError(
  api: string,
  said: { errcode: number; errmsg: string },
  { tradesSecret, now }: { tradesSecret: boolean; now: Date },
): WechatRefused {
  const meaning = meaningOf(said.errcode, { api, tradesSecret });
  const refusal = {
    ...said,
    rid: /rid: ?([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})/.exec(said.errmsg)?.[1] ?? null,
    hint: hintFor(meaning, said),
  };
  const quotaSeconds = meaning.counts === 'by-day' ? secondsToChinaMidnight(now) : 60;
  const waits: Partial<Record<Action, number>> = { later: 2, quota: quotaSeconds, renew: 1 };
  return new byAction[meaning.action](api, refusal, { tradesSecret, retryAfterSeconds: waits[meaning.action] });
}

type RefusalClass = FailureClass & (new (api: string, refusal: Refusal, facts: RefusalFacts) => WechatRefused);

const byAction: Record<Action, RefusalClass> = {
  renew: TokenRefused,
  later: WechatBusy,
  quota: WechatQuotaReached,
  caller: WechatRefusedInput,
  operator: AppNeedsAttention,
  'code-used': CodeUsed,
  'code-invalid': CodeInvalid,
  consent: ConsentEnded,
  permission: PermissionMissing,
};

/** How the API tells of an errcode. */
export const errcodeFailure = (action: Action): Failure => byAction[action].failure;

/** WeChat names the address it saw; the operator needs just that one for the allow-list. */
function hintFor(meaning: Errcode, { errcode, errmsg }: { errcode: number; errmsg: string }): string {
  const seen = errcode === 40164 ? /invalid ip ([0-9a-fA-F:.]+)/.exec(errmsg)?.[1] : undefined;
  return seen === undefined
    ? meaning.hint
    : `add ${seen} to the IP allow-list of this app in the console of WeChat; it takes effect within some minutes`;
}

/** Whether WeChat may have done what a failed call asked for. A refusal says that it has not. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof WechatSilent || error instanceof WechatGarbled || (error instanceof WechatUnreachable && error.mayBeDone);

/** How any call to WeChat can fail, for routes to declare. */
export const wechatFailures: FailureClass[] = [
  WechatSilent,
  WechatUnreachable,
  WechatGarbled,
  WechatBusy,
  WechatQuotaReached,
  WechatRefusedInput,
  AppNeedsAttention,
  PermissionMissing,
  TokenRefused,
];

/** A failure as a row keeps it, so that whoever asks later, on any replica, hears the same. */
export type KeptFailure =
  | {
      readonly kind: 'refused';
      readonly api: string;
      readonly refusal: Refusal;
      /** Absent in what an earlier release kept. */
      readonly tradesSecret?: boolean;
    }
  | { readonly kind: 'silent' | 'garbled' | 'unreachable'; readonly api: string; readonly why: string }
  | { readonly kind: 'used-up'; readonly why: string; readonly hint: string };

export function keepFailure(error: GatewayError): KeptFailure | undefined {
  if (error instanceof WechatRefused)
    return { kind: 'refused', api: error.api, refusal: error.refusal, tradesSecret: error.tradesSecret };
  if (error instanceof WechatSilent) return { kind: 'silent', api: error.api, why: error.message };
  if (error instanceof WechatGarbled) return { kind: 'garbled', api: error.api, why: error.message };
  if (error instanceof WechatUnreachable) return { kind: 'unreachable', api: error.api, why: error.message };
  if (error instanceof ForcedTokensUsedUp) return { kind: 'used-up', why: ForcedTokensUsedUp.why, hint: ForcedTokensUsedUp.hint };
  return undefined;
}

export function failureAgain(kept: KeptFailure, now: Date): GatewayError {
  if (kept.kind === 'refused') return refusalError(kept.api, kept.refusal, { tradesSecret: kept.tradesSecret ?? true, now });
  if (kept.kind === 'used-up') return new ForcedTokensUsedUp();
  if (kept.kind === 'silent') return new WechatSilent(kept.api);
  return kept.kind === 'garbled'
    ? new WechatGarbled(kept.api, 'nonsense')
    : new WechatUnreachable(kept.api, 'the connection failed');
}
