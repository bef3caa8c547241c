import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { makeApiKeyText, readApiKeyText } from './api-key-text.js';

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const chance = {
  bytes: randomBytes,
  fraction: Math.random,
  word: (length: number) => Array.from({ length }, () => letters[randomInt(62)]).join(''),
};

describe('The text of an API key', () => {
  it('holds an id, a secret and a checksum', () => {
    const { id, secret, text } = makeApiKeyText(chance);

    expect(text).toMatch(/^wxg_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}$/);
    expect(readApiKeyText(text)).toEqual({ id, secret });
  });

  it('ends in the CRC32 of what precedes it, in base62, as any scanner of leaked secrets can compute', () => {
    const zeros = makeApiKeyText({ ...chance, word: (length) => '0'.repeat(length) });

    expect(zeros.text).toBe(`wxg_0000000000_${'0'.repeat(32)}1O0mqv`);
  });

  it('is refused with any letter changed, without asking the database', () => {
    const { text } = makeApiKeyText(chance);
    for (let place = 4; place < text.length; place++) {
      const letter = text.charAt(place) === 'a' ? 'b' : 'a';
      expect(readApiKeyText(text.slice(0, place) + letter + text.slice(place + 1))).toBeUndefined();
    }
  });

  it.each([
    '',
    'wxg_',
    'Bearer x',
    `wxg_${'a'.repeat(10)}_${'b'.repeat(37)}`,
    `wxg_${'a'.repeat(10)}_${'b'.repeat(39)}`,
    `wxg-${'a'.repeat(10)}-${'b'.repeat(38)}`,
  ])('is not %j', (text) => {
    expect(readApiKeyText(text)).toBeUndefined();
  });
});
