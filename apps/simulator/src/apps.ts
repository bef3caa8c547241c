export type AppKind = 'official_account' | 'mini_program' | 'website';
export type CallbackMode = 'plain' | 'compatible' | 'safe';

/** Where an app wants its pushes, as its operator has set it in WeChat's console. */
export interface Callback {
  url: string | null;
  token: string;
  aesKey: string;
  mode: CallbackMode;
  format: 'xml' | 'json';
}

export interface App {
  readonly appid: string;
  readonly kind: AppKind;
  readonly originalId: string;
  /** People have one unionid for all apps of an open-platform account, and none for an app outside of one. */
  readonly openPlatform: string | null;
  name: string;
  secret: string;
  secretIsFrozen: boolean;
  authorizerIsFrozen: boolean;
  verified: boolean;
  /** A test account: smaller quotas. */
  sandbox: boolean;
  /** Empty: every address may call, which a real account never has. */
  ipAllowList: string[];
  oauthDomains: string[];
  /** Of a mini program: the pages that its released version has. Empty: nothing is released. */
  releasedPages: string[];
  callback: Callback;
}

/**
 * A redirect_uri must be on a configured domain, port included. Loopback is the exception that development needs: an
 * entry without a port is good for every port of it.
 */
export function mayRedirectTo(app: App, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const url = new URL(redirectUri);
  if (!/^https?:$/.test(url.protocol)) return false;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return app.oauthDomains.some((domain) => domain === url.host || (isLoopback && domain === url.hostname));
}
