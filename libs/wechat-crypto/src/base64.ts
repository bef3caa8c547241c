import { WechatCryptoError } from './wechat-crypto-error.js';

/** Node skips characters that are not base64, but a damaged ciphertext must be refused. */
export function decodeBase64(text: string): Buffer {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(trimmed)) throw new WechatCryptoError('bad-base64', 'This is not base64');
  return Buffer.from(trimmed, 'base64');
}
