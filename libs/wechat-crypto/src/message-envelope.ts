import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64 } from './base64.js';
import { WechatCryptoError } from './wechat-crypto-error.js';

export interface OpenedMessage {
  readonly message: string;
  /** The message before it was read as UTF-8. */
  readonly bytes: Buffer;
  /** The sixteen random bytes that make two equal messages look different. */
  readonly random: Buffer;
}

/**
 * The envelope WeChat puts around what it pushes, and wants around what we answer:
 * random(16) | length(4, big-endian, in bytes) | message | receiveId, padded to blocks of 32, under AES-256-CBC.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
 */
export class MessageEnvelope {
  private readonly key: Buffer;
  /** The appid that the message is for: an account's own, or the platform's for whatever a platform receives. */
  private readonly receiveId: string;

  constructor(between: { encodingAesKey: string; receiveId: string }) {
    this.key = decodeKey(between.encodingAesKey);
    this.receiveId = between.receiveId;
  }

  seal(message: string, random: Buffer = randomBytes(16)): string {
    if (random.length !== 16) throw new WechatCryptoError('bad-length', 'The random part must be 16 bytes');
    const body = Buffer.from(message, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const cipher = createCipheriv('aes-256-cbc', this.key, this.key.subarray(0, 16)).setAutoPadding(false);
    const full = pad(Buffer.concat([random, length, body, Buffer.from(this.receiveId, 'utf8')]));
    return Buffer.concat([cipher.update(full), cipher.final()]).toString('base64');
  }

  open(encrypted: string): OpenedMessage {
    const bytes = decodeBase64(encrypted);
    if (bytes.length === 0 || bytes.length % 16 !== 0) {
      throw new WechatCryptoError('bad-length', 'The ciphertext is not a whole number of AES blocks');
    }
    // Padding is done by hand, because WeChat pads to 32 and OpenSSL refuses a padding longer than its block of 16.
    const decipher = createDecipheriv('aes-256-cbc', this.key, this.key.subarray(0, 16)).setAutoPadding(false);
    return this.parse(unpad(Buffer.concat([decipher.update(bytes), decipher.final()])));
  }

  private parse(full: Buffer): OpenedMessage {
    if (full.length < 20) throw new WechatCryptoError('bad-length', 'The message is shorter than its header');
    const end = 20 + full.readUInt32BE(16);
    if (end > full.length) throw new WechatCryptoError('bad-length', 'The message is shorter than it says');
    if (!full.subarray(end).equals(Buffer.from(this.receiveId, 'utf8'))) {
      throw new WechatCryptoError('bad-receive-id', 'The message is meant for another appid');
    }
    return { message: full.toString('utf8', 20, end), bytes: full.subarray(20, end), random: full.subarray(0, 16) };
  }
}

const padBlockBytes = 32;

/**
 * The last of 43 base64 characters has two bits too many. People choose the key in WeChat's console, so those bits need not be
 * zero. Node ignores them, which is what real keys need.
 */
function decodeKey(encodingAesKey: string): Buffer {
  const key = /^[A-Za-z0-9+/]{43}$/.test(encodingAesKey) ? Buffer.from(encodingAesKey, 'base64') : Buffer.alloc(0);
  if (key.length !== 32) throw new WechatCryptoError('bad-key', 'An EncodingAESKey is 43 characters of base64');
  return key;
}

function pad(bytes: Buffer): Buffer {
  const count = padBlockBytes - (bytes.length % padBlockBytes);
  return Buffer.concat([bytes, Buffer.alloc(count, count)]);
}

function unpad(bytes: Buffer): Buffer {
  const count = bytes[bytes.length - 1] ?? 0;
  const filler = bytes.subarray(bytes.length - count);
  if (count < 1 || count > padBlockBytes || filler.length !== count || filler.some((byte) => byte !== count)) {
    throw new WechatCryptoError('bad-padding', 'The padding is not PKCS#7 with blocks of 32: probably the wrong key');
  }
  return bytes.subarray(0, bytes.length - count);
}
