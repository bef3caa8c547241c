import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Lowercase hex SHA-1 of the parts, sorted by their bytes and joined. One rule serves three: the `signature` of a callback
 * (token, timestamp, nonce), its `msg_signature` (those and the ciphertext), and card signatures.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
 */
export function sortedSha1(parts: readonly string[]): string {
  // Buffer.compare and not the order of strings: UTF-16 and UTF-8 differ on astral characters, and WeChat sorts bytes.
  const sorted = parts.map((part) => Buffer.from(part, 'utf8')).sort((one, other) => Buffer.compare(one, other));
  return sha1(Buffer.concat(sorted));
}

/** Compares in constant time. `given` comes from a stranger: it may be missing, an array, or of any length. */
export function signatureIsGood(given: unknown, parts: readonly string[]): boolean {
  if (typeof given !== 'string') return false;
  const expected = Buffer.from(sortedSha1(parts), 'latin1');
  const actual = Buffer.from(given, 'utf8');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/**
 * The `signature` for `wx.config`. The page's URL is signed raw and without its fragment.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
export function jsapiSignature(page: { ticket: string; nonce: string; timestamp: number | string; url: string }): string {
  const [url = ''] = page.url.split('#', 1);
  return sha1(`jsapi_ticket=${page.ticket}&noncestr=${page.nonce}&timestamp=${page.timestamp}&url=${url}`);
}

/**
 * The session key signs as text, not as the bytes that it encodes.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export function userDataSignature(user: { rawData: string; sessionKey: string }): string {
  return sha1(user.rawData + user.sessionKey);
}

const sha1 = (data: string | Buffer): string => createHash('sha1').update(data).digest('hex');
