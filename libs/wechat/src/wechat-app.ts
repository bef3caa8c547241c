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

/** An app for which a platform speaks, in calls where others would send their secret. */
export interface SpokenForApp extends WechatApp {
  readonly platform: { readonly appid: string; readonly accessToken: string };
}

/** How an app proves itself where an access token is not enough. */
export type ProvingApp = WechatCredentials | SpokenForApp;

/** What proves the app, as parameters of a call. */
export const proofOf = (app: ProvingApp): Record<string, string> =>
  'secret' in app
    ? { secret: app.secret }
    : { component_appid: app.platform.appid, component_access_token: app.platform.accessToken };
