import type { WebProfile } from '#wechat';

/** Who somebody is, as WeChat told by web authorisation. */
export interface WebLogin {
  readonly openid: string;
  /** From WeChat, or where it is silent from what is known of the person. */
  readonly unionid: string | null;
  readonly scope: string;
  readonly isSnapshot: boolean;
  /** Null where the person was not asked for it, or WeChat did not give it in time. */
  readonly profile: WebProfile | null;
}
