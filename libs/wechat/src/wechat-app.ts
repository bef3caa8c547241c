/** The app that a call is made for, and its own way out. */
export interface WechatApp {
  readonly appid: string;
  /** WeChat admits only listed addresses: `http://user:password@host:port`. */
  readonly proxy?: string | undefined;
}

export interface WechatCredentials extends WechatApp {
  readonly secret: string;
}

/** An app that speaks for itself. */
export interface CallingApp extends WechatApp {
  readonly accessToken: string;
}

/** A person who granted the app a token. */
export interface CallingPerson extends CallingApp {
  readonly openid: string;
}

/** An app for which a platform speaks, in calls where others would send their secret. */
export interface SpokenForApp extends WechatApp {
  readonly platform: { readonly appid: string; readonly accessToken: string };
}

/** How an app proves itself where an access token is not enough. */
export type ProvingApp = WechatCredentials | SpokenForApp;

/** As whom WeChat is called, and what the caller must hold for that. */
export interface Callers {
  /** An app, by its access token; an authorizer, by the token that its platform holds for it. */
  readonly app: CallingApp;
  /** An app, by its AppSecret: then 40001 means a wrong secret, and not a dead token. */
  readonly secret: WechatCredentials;
  /** An app, by its AppSecret; or, where a platform speaks for it, by that platform's token. */
  readonly proving: ProvingApp;
  /** A platform, by its own token. */
  readonly platform: CallingApp;
  /** A person, by the token that they granted to the app. */
  readonly person: CallingPerson;
}
