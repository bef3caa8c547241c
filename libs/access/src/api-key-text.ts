import { crc32 } from 'node:zlib';
import type { Randomness } from '#runtime';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = /^wxg_([0-9A-Za-z]{10})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

export interface ApiKeyText {
  readonly id: string;
  readonly secret: string;
}

/** `wxg_<id>_<secret><checksum>`. The prefix and the checksum let scanners for leaked secrets recognise a key. */
export function makeApiKeyText(randomness: Randomness, id = randomness.word(10)): ApiKeyText & { readonly text: string } {
  const secret = randomness.word(32);
  const body = `wxg_${id}_${secret}`;
  return { id, secret, text: body + checksum(body) };
}

/** Undefined if the text cannot be a key. The database is not asked. */
export function readApiKeyText(text: string): ApiKeyText | undefined {
  const [, id, secret, sum] = shape.exec(text) ?? [];
  if (!id || !secret || checksum(`wxg_${id}_${secret}`) !== sum) return undefined;
  return { id, secret };
}

export const apiKeyIdPattern = /^[0-9A-Za-z]{10}$/;

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < 6; place++) {
    digits = base62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
