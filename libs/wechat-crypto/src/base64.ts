import { WechatCryptoError } from './wechat-crypto-error.js';

/** Node skips whatever is not base64. A ciphertext that was damaged on its way must be refused instead. */
export function decodeBase64(text: string): Buffer {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(trimmed)) throw new WechatCryptoError('bad-base64', 'This is not base64');
  return Buffer.from(trimmed, 'base64');
}
