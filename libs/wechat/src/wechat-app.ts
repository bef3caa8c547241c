/** The app that a call is made for, and its own way out. */
export interface WechatApp {
  readonly appid: string;
  readonly proxy?: string | undefined;
}

export interface WechatCredentials extends WechatApp {
  readonly secret: string;
}

/** An app that speaks for itself. */
export interface CallingApp extends WechatApp {
  readonly accessToken: string;
}
