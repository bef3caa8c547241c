import { createDecipheriv } from 'node:crypto';
import { decodeBase64 } from './base64.js';
import { WechatCryptoError } from './wechat-crypto-error.js';

export interface SealedApiBody {
  readonly key: string;
  readonly iv: string;
  readonly data: string;
  readonly authtag: string;
  /** `url without query|appid|timestamp|serial number of the key` */
  readonly aad: string;
}

/**
 * Opens a body of WeChat's optional API encryption (AES-256-GCM).
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/getting_started/api_signature.html
 */
export function openApiBody(sealed: SealedApiBody): string {
  const [key, iv, data, tag] = [sealed.key, sealed.iv, sealed.data, sealed.authtag].map(decodeBase64);
  if (key?.length !== 32) throw new WechatCryptoError('bad-key', 'An API key is base64 of 32 bytes');
  // A shorter tag is easier to forge, so its length is not left to the sender.
  if (iv?.length !== 12 || tag?.length !== 16) throw new WechatCryptoError('bad-length', 'iv is 12 bytes, authtag 16');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(sealed.aad, 'utf8')).setAuthTag(tag);
    return Buffer.concat([decipher.update(data ?? Buffer.alloc(0)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new WechatCryptoError('bad-tag', 'The body was changed, or sealed with another key', { cause });
  }
}
