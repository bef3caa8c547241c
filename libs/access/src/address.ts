import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** The request, as far as it tells where it comes from. `ips` is there where proxies are trusted: the peer first. */
export interface AddressedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ips?: readonly string[] | undefined;
}

/** An IPv4 address in the clothes of IPv6 is that IPv4 address: mapped, or behind a network's own translator. */
export function plainAddress(text: string): IpAddress {
  const address = ipaddr.process(text);
  const isTranslated = address instanceof ipaddr.IPv6 && address.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
  return isTranslated ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

/** By what limits count. Whoever has one address of IPv6 has its whole /64, and could come from another each time. */
export function sourceOf(text: string | undefined): string {
  // A trusted proxy may pass on what is no address: all of that counts as one.
  if (text === undefined || !ipaddr.isValid(text)) return 'unknown';
  const address = plainAddress(text);
  if (address instanceof ipaddr.IPv4) return address.toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

export const isLoopbackAddress = (text: string | undefined): boolean =>
  text !== undefined && ipaddr.isValid(text) && plainAddress(text).range() === 'loopback';

/**
 * Where a request comes from, to be written down and shown: always an address. Where a trusted proxy names as its caller
 * what is none, it is the last address before that, the proxy's own. Only `ip` itself may decide what a caller may do.
 */
export const addressOf = ({ ip, ips = [] }: { readonly ip: string; readonly ips?: readonly string[] | undefined }): string =>
  isIP(ip) !== 0 ? ip : (ips.findLast((one) => isIP(one) !== 0) ?? 'unknown');

/** What proxies, load balancers and CDNs add to say on whose behalf they ask. */
const forwardingHeader = /^via$|forwarded|(client|real|connecting|src|remote)-?(ip|addr)|external-address/;

export const isForwarded = ({ headers }: AddressedRequest): boolean =>
  Object.keys(headers).some((name) => forwardingHeader.test(name));

/** Whether nobody stands behind the address that we believe: nothing forwarded the request, or only trusted proxies did. */
export function isFirstHand(request: AddressedRequest): boolean {
  if (!isForwarded(request)) return true;
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
  const named = hops.filter((hop) => /[^ \t]/.test(hop)).length;
  // The addresses end at the first that is no trusted proxy. One that was named before it stands behind that one.
  return named > 0 && request.ips?.length === named + 1;
}
