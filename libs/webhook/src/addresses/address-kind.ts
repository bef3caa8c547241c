import type { IpAddress } from '#access';
import type { Sentence } from '#errors';
import ipaddr from 'ipaddr.js';

/** `open`: the public internet. `private`: only where the operator lists it. Anything else: never, listed or not. */
export type AddressKind = 'open' | 'private' | { readonly never: Sentence };

/** Addresses where clouds tell a machine's processes what they may do. Link-local ones are refused as such. */
const metadata = ['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);
const privateRanges = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

export function kindOf(address: IpAddress): AddressKind {
  if (metadata.includes(address.toNormalizedString()))
    return { never: { en: 'it is the metadata service of a cloud', zh: '那是云厂商的元数据服务' } };
  const range: string = address.range();
  if (privateRanges.has(range)) return 'private';
  // Of IPv6, only 2000::/3 is assigned for public use.
  const isGiven = address instanceof ipaddr.IPv4 || ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
  if (range === 'unicast' && isGiven) return 'open';
  const [en, zh] = wordsFor[range] ?? ['a special address', '特殊用途地址'];
  return { never: { en: `it is ${en}`, zh: `那是${zh}` } };
}

const hiding = ['an address that hides another', '内含另一个地址的过渡地址'] as const;

const wordsFor: Record<string, readonly [en: string, zh: string]> = {
  unspecified: ['no address of anybody', '未指定地址'],
  linkLocal: ['a link-local address', '链路本地地址'],
  multicast: ['a multicast address', '组播地址'],
  broadcast: ['the broadcast address', '广播地址'],
  reserved: ['a reserved address', '保留地址'],
  '6to4': hiding,
  teredo: hiding,
  rfc6052: hiding,
  rfc6145: hiding,
};
