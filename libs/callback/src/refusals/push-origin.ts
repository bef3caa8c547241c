import { type IpAddress, plainAddress } from '#access';
import ipaddr from 'ipaddr.js';

/** Where a push that was refused came from; `unknown`: it may be WeChat. */
export type PushOrigin = 'wechat' | 'unknown' | 'stranger';

export type AddressRange = readonly [IpAddress, number];

/** Addresses and ranges as WeChat lists them; what cannot be read is left out. */
export const rangesOf = (listed: readonly string[]): AddressRange[] =>
  listed.flatMap((one): AddressRange[] => {
    if (ipaddr.isValidCIDR(one)) return [ipaddr.parseCIDR(one)];
    if (!ipaddr.isValid(one)) return [];
    const address = plainAddress(one);
    return [[address, address instanceof ipaddr.IPv4 ? 32 : 128]];
  });

/** What stands before the gateway has such an address, and hides who sent the push. */
const hidesOthers = new Set(['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat']);

/** Without a list, and behind a proxy that does not say who asks, nobody can tell. */
export function originOf(from: string, ranges: readonly AddressRange[] | undefined): PushOrigin {
  if (!ranges) return 'unknown';
  if (!ipaddr.isValid(from)) return 'stranger';
  const address = plainAddress(from);
  const isListed = ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  if (isListed) return 'wechat';
  return hidesOthers.has(address.range()) ? 'unknown' : 'stranger';
}
