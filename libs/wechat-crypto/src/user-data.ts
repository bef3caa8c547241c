import { createDecipheriv } from 'node:crypto';
import { decodeBase64 } from './base64.js';
import { WechatCryptoError } from './wechat-crypto-error.js';

export interface SealedUserData {
  readonly encryptedData: string;
  readonly iv: string;
  readonly sessionKey: string;
  readonly appid: string;
}

/**
 * Opens the `encryptedData` that a mini program gets from WeChat. Data whose watermark names another mini program is refused.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export function openUserData(sealed: SealedUserData): Record<string, unknown> {
  const data = parseObject(decrypt(sealed));
  const watermark = data['watermark'];
  const appid = typeof watermark === 'object' && watermark !== null && 'appid' in watermark ? watermark.appid : undefined;
  if (appid !== sealed.appid) throw new WechatCryptoError('bad-receive-id', 'The data was made for another appid');
  return data;
}

function decrypt({ encryptedData, iv, sessionKey }: SealedUserData): string {
  const [key, start, bytes] = [sessionKey, iv, encryptedData].map(decodeBase64);
  if (key?.length !== 16) throw new WechatCryptoError('bad-key', 'A session_key is base64 of 16 bytes');
  if (start?.length !== 16) throw new WechatCryptoError('bad-length', 'The iv is base64 of 16 bytes');
  try {
    const decipher = createDecipheriv('aes-128-cbc', key, start);
    return Buffer.concat([decipher.update(bytes ?? Buffer.alloc(0)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new WechatCryptoError('bad-padding', 'The data does not open: probably the session_key was replaced', { cause });
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WechatCryptoError('bad-json', 'The data is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new WechatCryptoError('bad-json', 'The data is not a JSON object');
  return { ...value };
}
