import { type IpAddress, plainAddress } from '#access';
import ipaddr from 'ipaddr.js';

/** Where a refused push came from. `unknown`: it may be WeChat. */
export type PushOrigin = 'wechat' | 'unknown' | 'stranger';

export type AddressRange = readonly [IpAddress, number];

/** Addresses and ranges as WeChat lists them. Entries that cannot be read are left out. */
export const rangesOf = (listed: readonly string[]): AddressRange[] =>
  listed.flatMap((one): AddressRange[] => {
    if (ipaddr.isValidCIDR(one)) return [ipaddr.parseCIDR(one)];
    if (!ipaddr.isValid(one)) return [];
    const address = plainAddress(one);
    return [[address, address instanceof ipaddr.IPv4 ? 32 : 128]];
  });

/** Proxies in front of the gateway have such addresses and hide the sender. */
const hidesOthers = new Set(['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat']);

/** Nobody can tell without WeChat's list, or behind a proxy that does not name the sender. */
export function originOf(from: string, ranges: readonly AddressRange[] | undefined): PushOrigin {
  if (!ranges) return 'unknown';
  if (!ipaddr.isValid(from)) return 'stranger';
  const address = plainAddress(from);
  const isListed = ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  if (isListed) return 'wechat';
  return hidesOthers.has(address.range()) ? 'unknown' : 'stranger';
}
