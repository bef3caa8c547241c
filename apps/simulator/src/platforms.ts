/**
 * A third-party platform ("component"): a company that works for accounts which have authorised it. It is no account:
 * nobody follows it, and it has no base access token.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/Third_party_platform_appid.html
 */
export interface Platform {
  readonly appid: string;
  name: string;
  secret: string;
  secretIsFrozen: boolean;
  /** WeChat has stopped the platform: neither its own calls nor those for its authorizers are served. */
  isFrozen: boolean;
  /** Empty: every address may call, which a real platform never has. */
  ipAllowList: string[];
  /** Tickets and authorisations are told here. */
  eventUrl: string | null;
  /** Messages for authorizers; `$APPID$` in it stands for the authorizer. */
  messageUrl: string | null;
  token: string;
  aesKey: string;
  /** Where the desktop page may be opened from and where both pages may return to. */
  domain: string;
  /** The permission sets that the platform asks accounts for, by their ids. */
  permissionSets: number[];
  /** Whether tickets are pushed; `api_start_push_ticket` switches it on again. */
  pushesTickets: boolean;
}

export function isOnDomain(platform: Platform, address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) return false;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return platform.domain === url.host || (isLoopback && platform.domain === url.hostname);
}
