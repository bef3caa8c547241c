import type { WebProfile } from '#wechat';

/** Who somebody is, as WeChat told at a web authorisation. */
export interface WebLogin {
  readonly openid: string;
  /** From WeChat, or from what is known of the person if WeChat did not tell. */
  readonly unionid: string | null;
  readonly scope: string;
  readonly isSnapshot: boolean;
  /** Null if the person was not asked for it, or if WeChat did not give it in time. */
  readonly profile: WebProfile | null;
}
