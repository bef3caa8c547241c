import type { IpAddress } from '#access';
import ipaddr from 'ipaddr.js';

/** `open`: the public internet. `private`: only where the operator lists it. Anything else: never, listed or not. */
export type AddressKind = 'open' | 'private' | { readonly never: string };

/** Where clouds tell any process on a machine what the machine may do. The link-local ones are refused as such. */
const metadata = ['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);
const privateRanges = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

export function kindOf(address: IpAddress): AddressKind {
  if (metadata.includes(address.toNormalizedString())) return { never: 'it is the metadata service of a cloud' };
  const range: string = address.range();
  if (privateRanges.has(range)) return 'private';
  // Of IPv6, what is not 2000::/3 was never given to anybody to be reached at.
  const isGiven = address instanceof ipaddr.IPv4 || ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
  return range === 'unicast' && isGiven ? 'open' : { never: `it is ${wordFor[range] ?? 'a special address'}` };
}

const wordFor: Record<string, string> = {
  unspecified: 'no address of anybody',
  linkLocal: 'a link-local address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  reserved: 'a reserved address',
  '6to4': 'an address that hides another',
  teredo: 'an address that hides another',
  rfc6052: 'an address that hides another',
  rfc6145: 'an address that hides another',
};
