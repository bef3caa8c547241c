import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** The parts of a request that tell where it comes from. `ips` exists where proxies are trusted: the peer comes first. */
export interface AddressedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ips?: readonly string[] | undefined;
}

/** IPv4 written as IPv6 becomes plain IPv4: mapped addresses, and those behind a network's own translator (RFC 6052). */
export function plainAddress(text: string): IpAddress {
  const address = ipaddr.process(text);
  const isTranslated = address instanceof ipaddr.IPv6 && address.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
  return isTranslated ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

/** The name under which limits count. Who has one IPv6 address has its whole /64 and could use another each time. */
export function sourceOf(text: string | undefined): string {
  // A trusted proxy may hand on something that is not an address. All of these count as one source.
  if (text === undefined || !ipaddr.isValid(text)) return 'unknown';
  const address = plainAddress(text);
  if (address instanceof ipaddr.IPv4) return address.toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

export const isLoopbackAddress = (text: string | undefined): boolean =>
  text !== undefined && ipaddr.isValid(text) && plainAddress(text).range() === 'loopback';

/**
 * The address of the caller, for logs and answers. It is always a valid address: if a trusted proxy names an invalid one, the
 * proxy's own address is used. Decisions about what a caller may do use `ip` alone.
 */
export const addressOf = ({ ip, ips = [] }: { readonly ip: string; readonly ips?: readonly string[] | undefined }): string =>
  isIP(ip) !== 0 ? ip : (ips.findLast((one) => isIP(one) !== 0) ?? 'unknown');

/** Headers in which proxies, load balancers and CDNs name the client that they ask for. */
const forwardingHeader = /^via$|forwarded|(client|real|connecting|src|remote)-?(ip|addr)|external-address/;

export const isForwarded = ({ headers }: AddressedRequest): boolean =>
  Object.keys(headers).some((name) => forwardingHeader.test(name));

/** True if no further client stands behind the believed address: nothing forwarded it, or only trusted proxies did. */
export function isFirstHand(request: AddressedRequest): boolean {
  if (!isForwarded(request)) return true;
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
  const named = hops.filter((hop) => /[^ \t]/.test(hop)).length;
  // The list ends at the first address that is not a trusted proxy. Any further address that was named stands behind that one.
  return named > 0 && request.ips?.length === named + 1;
}
