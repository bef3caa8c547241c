import { describe, expect, it } from '@jest/globals';
import { NotAnEnvelope, close, masterKeyId, open, read } from './envelope.js';

const key = { id: 'k1', bytes: Buffer.alloc(32, 1) };
const place = ['app', 'secret', 'wx1', 'wx1'];
const text = Buffer.from('很秘密');

describe('An envelope', () => {
  it('opens where it was sealed', () => {
    expect(open(read(close(key, place, text)), key.bytes, place)).toEqual(text);
  });

  it('names its key and hides its text', () => {
    const sealed = close(key, place, text);

    expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(read(sealed).keyId).toBe('k1');
    expect(sealed).not.toBe(close(key, place, text));
  });

  it.each([
    ['another table', ['user', 'secret', 'wx1', 'wx1']],
    ['another column', ['app', 'token', 'wx1', 'wx1']],
    ['another row', ['app', 'secret', 'wx2', 'wx1']],
    ['another owner', ['app', 'secret', 'wx1', 'wx2']],
    ['names that only join to the same', ['appsecret', '', 'wx1', 'wx1']],
  ])('does not open in %s', (_, elsewhere) => {
    expect(() => open(read(close(key, place, text)), key.bytes, elsewhere)).toThrow();
  });

  it('does not open with another key', () => {
    expect(() => open(read(close(key, place, text)), Buffer.alloc(32, 2), place)).toThrow();
  });

  it('does not open when any part of it was changed', () => {
    const sealed = close(key, place, text);
    const envelope = read(sealed);
    for (let bit = 0; bit < envelope.box.length * 8; bit += 7) {
      const box = Buffer.from(envelope.box);
      box[bit >> 3] = (box[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open({ ...envelope, box }, key.bytes, place)).toThrow();
    }
    // A shortened tag would be easier to guess.
    expect(() => open({ ...envelope, box: envelope.box.subarray(0, 12) }, key.bytes, place)).toThrow();
  });

  it.each(['', 'plain text', 'v2.k1.AAAA.AAAA', 'v1.k1.AAAA', 'v1..AAAA.AAAA', 'v1.k1.AAAA.AAAA.AAAA'])('is not %j', (sealed) => {
    expect(() => read(sealed)).toThrow(NotAnEnvelope);
  });

  it('tells master keys apart by an id', () => {
    expect(masterKeyId(Buffer.alloc(32, 1))).toMatch(/^[0-9a-f]{8}$/);
    expect(masterKeyId(Buffer.alloc(32, 1))).not.toBe(masterKeyId(Buffer.alloc(32, 2)));
  });
});
