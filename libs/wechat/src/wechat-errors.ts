import {
  type Failure,
  type FailureClass,
  type FailureFacts,
  type FailureKind,
  GatewayError,
  type Sentence,
  because,
  failure,
} from '#errors';
import { callAt } from './call-facts.js';
import { secondsToChinaMidnight } from './china-midnight.js';
import { type Action, type Errcode, meaningOf, subjectOf } from './errcodes.js';
import { type PermissionSet, permissionSetOf } from './permission-sets.js';

/** What WeChat said, for a person to read. */
export interface Refusal {
  readonly errcode: number;
  readonly errmsg: string;
  /** WeChat's id of the request, which its support asks for. */
  readonly rid: string | null;
  readonly hint: Sentence;
}

export class WechatSilent extends failure('upstream-silent', 'wechat_silent', {
  en: 'WeChat did not answer in time',
  zh: '微信没有及时响应',
}) {
  constructor(readonly api: string) {
    super({ en: `WeChat did not answer ${api} in time`, zh: `微信没有及时响应 ${api}` });
  }
}

export class WechatUnreachable extends failure('unavailable', 'wechat_unreachable', {
  en: 'WeChat cannot be reached',
  zh: '连接不上微信',
}) {
  /** The call may have reached WeChat all the same, and been done. */
  readonly mayBeDone: boolean;

  constructor(
    readonly api: string,
    why: string,
    { mayBeDone = true } = {},
  ) {
    super(
      { en: `WeChat could not be reached for ${api}: ${why}`, zh: `调用 ${api} 时连接不上微信：${why}` },
      { retryAfterSeconds: 5 },
    );
    this.mayBeDone = mayBeDone;
  }
}

export class WechatGarbled extends failure('upstream-broken', 'wechat_garbled', {
  en: 'WeChat answered nonsense',
  zh: '微信返回了无法理解的内容',
}) {
  constructor(
    readonly api: string,
    why: string,
  ) {
    super({ en: `WeChat answered ${api} with ${why}`, zh: `微信对 ${api} 的响应有误：${why}` });
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
    super(because({ en: `WeChat refused ${api}`, zh: `微信拒绝了 ${api}` }, refusal.hint), {
      ...facts,
      members: { ...facts.members, wechat: { ...refusal } },
    });
    this.refusal = refusal;
    this.tradesSecret = tradesSecret;
  }

  /** In WeChat's own words. */
  get said(): Sentence {
    const { errcode, errmsg } = this.refusal;
    return because({ en: `WeChat said ${errcode}`, zh: `微信返回 ${errcode}` }, errmsg);
  }

  /** What must change for WeChat to accept the app, where that can be told. */
  get subject(): 'secret' | 'address' | undefined {
    return subjectOf(this.refusal.errcode);
  }
}

/** The base of one sort of refusal: a failure that carries what WeChat said. */
function refusal(kind: FailureKind, code: string, title: Sentence) {
  const { failure: made } = failure(kind, code, title);
  return class extends WechatRefused {
    static readonly failure: Failure = made;
    override readonly failure: Failure = made;
  };
}

export class WechatBusy extends refusal('unavailable', 'wechat_busy', { en: 'WeChat is busy', zh: '微信系统繁忙' }) {}
export class WechatQuotaReached extends refusal('limited', 'wechat_quota_reached', {
  en: 'A quota or rate limit of WeChat is reached',
  zh: '达到微信的调用次数或频率上限',
}) {}
export class WechatRefusedInput extends refusal('upstream-refused', 'wechat_refused', {
  en: 'WeChat refused what was sent, or the state of the person forbids it',
  zh: '微信拒绝了发送的内容，或此人当前的状态不允许',
}) {}
export class AppNeedsAttention extends refusal('upstream-broken', 'app_needs_attention', {
  en: 'WeChat refuses until the operator changes something',
  zh: '需要管理员处理，否则微信一直拒绝',
}) {}
const { failure: permissionMissing } = failure('upstream-broken', 'permission_missing', {
  en: 'The account did not allow this to the platform that speaks for it',
  zh: '该账号没有把这项权限授权给代它调用的平台',
});

/** The account speaks through a platform and did not allow this. `permission` names the set if it is known. */
export class PermissionMissing extends AppNeedsAttention {
  static override readonly failure: Failure = permissionMissing;
  override readonly failure: Failure = permissionMissing;

  constructor(api: string, said: Refusal, facts: RefusalFacts = {}) {
    const permission = permissionSetOf(api) ?? null;
    const what = permission ? `the permission set ${permission.id}, ${permission.name},` : 'this';
    const hint = {
      en: `the account did not allow ${what} to the platform: let it authorise the platform again with that`,
      zh: `该账号没有把${permission ? `权限集 ${permission.id}（${permission.name}）` : '这项权限'}授权给平台：请让它重新授权并勾选此项`,
    };
    super(api, { ...said, hint }, { ...facts, members: { permission } });
  }
}

/** The same, but known without asking WeChat. */
export class PermissionNotGranted extends GatewayError {
  override readonly failure: Failure = permissionMissing;

  constructor(appid: string, permission: PermissionSet) {
    super(
      {
        en: `${appid} did not allow the permission set ${permission.id}, ${permission.name}, to the platform: let it authorise again with that`,
        zh: `${appid} 没有把权限集 ${permission.id}（${permission.name}）授权给平台：请让它重新授权并勾选此项`,
      },
      { members: { permission } },
    );
  }
}

/** WeChat repeats a token that it does not accept, and no other may be forced today. */
export class ForcedTokensUsedUp extends GatewayError {
  static readonly why = {
    en: 'WeChat gives a dead token again, and no other may be forced today',
    zh: '微信再次返回已失效的令牌，而今天不能再强制刷新',
  };
  static readonly hint = {
    en: 'another program may be forcing tokens of this app: take the secret from it, or reset the secret, and check the app; else it is tried again at midnight in China',
    zh: '可能有其他程序在强制刷新这个应用的令牌：请停用它手里的 AppSecret 或重置 AppSecret，然后检查应用；否则网关会在北京时间零点再试',
  };
  override readonly failure: Failure = AppNeedsAttention.failure;

  constructor() {
    super(because(ForcedTokensUsedUp.why, ForcedTokensUsedUp.hint));
  }
}

/** The missing permission behind `api unauthorized`; undefined if that is not the cause. */
export function permissionMissingIn(error: WechatRefused, granted: readonly number[]): PermissionMissing | undefined {
  const wanted: PermissionSet | undefined = error.refusal.errcode === 48001 ? permissionSetOf(error.api) : undefined;
  return wanted && !granted.includes(wanted.id) ? new PermissionMissing(error.api, error.refusal) : undefined;
}

/** Healed inside the gateway: the token is renewed and the call repeated, so a caller sees it only when that failed too. */
export class TokenRefused extends refusal('unavailable', 'token_refused', {
  en: 'WeChat refused the token',
  zh: '微信不接受这个令牌',
}) {}
export class CodeUsed extends refusal('conflict', 'code_used', {
  en: 'The one-time code was used before',
  zh: '一次性 code 已经用过',
}) {}
export class CodeInvalid extends refusal('upstream-refused', 'code_invalid', {
  en: 'The one-time code is unknown or expired',
  zh: '一次性 code 不存在或已过期',
}) {}

/** What the person once allowed is over: only they can allow it again. */
export class ConsentEnded extends refusal('conflict', 'authorization_expired', {
  en: 'The authorisation of the person has ended: they must consent again',
  zh: '此人的授权已失效：需要重新授权',
}) {}

/** `now` is the database's time, because the midnight of a machine's own clock would differ between replicas. */
export function refusalError(
  api: string,
  said: { errcode: number; errmsg: string },
  { tradesSecret, now }: { tradesSecret: boolean; now: Date },
): WechatRefused {
  const meaning = meaningOf(said.errcode, { own: callAt(api)?.errcodes, tradesSecret });
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

/** The failure in the API for an errcode. */
export const errcodeFailure = (action: Action): Failure => byAction[action].failure;

/** WeChat names the address it saw; the operator needs just that one for the allow-list. */
function hintFor(meaning: Errcode, { errcode, errmsg }: { errcode: number; errmsg: string }): Sentence {
  const seen = errcode === 40164 ? /invalid ip ([0-9a-fA-F:.]+)/.exec(errmsg)?.[1] : undefined;
  return seen === undefined
    ? meaning.hint
    : {
        en: `add ${seen} to the IP allow-list of this app in the console of WeChat; it takes effect within some minutes`,
        zh: `请在微信后台把 ${seen} 加入这个应用的 IP 白名单；几分钟后生效`,
      };
}

/** Whether WeChat may have done what a failed call asked for. After a refusal it has not. */
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

/** A failure as a row keeps it, so that later callers on any replica get the same one. */
export type KeptFailure =
  | {
      readonly kind: 'refused';
      readonly api: string;
      /** Its hint follows from the errcode; it is kept for release 0.2.0, which shows it. */
      readonly refusal: Omit<Refusal, 'hint'> & { readonly hint: string };
      /** Absent in what an earlier release kept. */
      readonly tradesSecret?: boolean;
    }
  | { readonly kind: 'silent' | 'garbled' | 'unreachable'; readonly api: string; readonly why: string }
  | { readonly kind: 'used-up'; readonly why: string; readonly hint: string };

export function keepFailure(error: GatewayError): KeptFailure | undefined {
  if (error instanceof WechatRefused)
    return {
      kind: 'refused',
      api: error.api,
      refusal: { ...error.refusal, hint: error.refusal.hint.en },
      tradesSecret: error.tradesSecret,
    };
  if (error instanceof WechatSilent) return { kind: 'silent', api: error.api, why: error.message };
  if (error instanceof WechatGarbled) return { kind: 'garbled', api: error.api, why: error.message };
  if (error instanceof WechatUnreachable) return { kind: 'unreachable', api: error.api, why: error.message };
  if (error instanceof ForcedTokensUsedUp)
    return { kind: 'used-up', why: ForcedTokensUsedUp.why.en, hint: ForcedTokensUsedUp.hint.en };
  return undefined;
}

export function failureAgain(kept: KeptFailure, now: Date): GatewayError {
  if (kept.kind === 'refused') return refusalError(kept.api, kept.refusal, { tradesSecret: kept.tradesSecret ?? true, now });
  if (kept.kind === 'used-up') return new ForcedTokensUsedUp();
  if (kept.kind === 'silent') return new WechatSilent(kept.api);
  // What was kept is the whole sentence: its end is the reason.
  const why = kept.why.split(': ').at(-1) ?? '';
  return kept.kind === 'garbled' ? new WechatGarbled(kept.api, 'nonsense') : new WechatUnreachable(kept.api, why);
}
