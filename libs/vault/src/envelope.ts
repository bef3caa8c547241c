import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const version = 'v1';

/** A sealed text and the key that sealed it. Written as `v1.<key id>.<nonce>.<ciphertext and tag>`. */
export interface Envelope {
  readonly keyId: string;
  readonly nonce: Buffer;
  readonly box: Buffer;
}

export class NotAnEnvelope extends Error {}

/** AES-256-GCM. `place` is authenticated with the text, so an envelope that is moved elsewhere does not open. */
export function close(key: { id: string; bytes: Buffer }, place: readonly string[], content: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(place)));
  const box = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  return [version, key.id, nonce.toString('base64url'), box.toString('base64url')].join('.');
}

export function read(sealed: string): Envelope {
  const [found, keyId, nonce, box, ...rest] = sealed.split('.');
  if (found !== version || !keyId || !nonce || !box || rest.length > 0) throw new NotAnEnvelope('This is not a sealed text');
  return { keyId, nonce: Buffer.from(nonce, 'base64url'), box: Buffer.from(box, 'base64url') };
}

export function open(envelope: Envelope, key: Buffer, place: readonly string[]): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, envelope.nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(JSON.stringify(place)));
  decipher.setAuthTag(envelope.box.subarray(-16));
  return Buffer.concat([decipher.update(envelope.box.subarray(0, -16)), decipher.final()]);
}

/** Tells master keys apart without revealing anything about them. */
export function masterKeyId(key: Buffer): string {
  return createHash('sha256').update('wechat-gateway master key id\0').update(key).digest('hex').slice(0, 8);
}
