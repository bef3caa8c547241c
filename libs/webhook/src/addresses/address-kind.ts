import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** `open`: the public internet. `private`: only where the operator lists it. Anything else: never, listed or not. */
export type AddressKind = 'open' | 'private' | { readonly never: string };

/** Where clouds tell any process on a machine what the machine may do. The link-local ones are refused as such. */
const metadata = ['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);
const privateRanges = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/** An IPv4 address in the clothes of IPv6 is that IPv4 address: mapped, or behind a network's own translator. */
export function plainAddress(text: string): IpAddress {
  const address = ipaddr.process(text);
  const isTranslated = address instanceof ipaddr.IPv6 && address.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
  return isTranslated ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

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
