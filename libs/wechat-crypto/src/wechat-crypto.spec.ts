import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCipheriv } from 'node:crypto';
import { jsapiSignature, MessageEnvelope, openUserData, signatureIsGood, sortedSha1, WechatCryptoError } from './index.js';
import type { CryptoFault } from './wechat-crypto-error.js';

const encodingAesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const receiveId = 'wx0000000000000001';
const envelope = new MessageEnvelope({ encodingAesKey, receiveId });

/** Encrypts bytes as they are, so that a test can build what an honest sender never would. */
function encryptRaw(full: Buffer): string {
  const key = Buffer.from(encodingAesKey, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(full), cipher.final()]).toString('base64');
}

const header = (length: number): Buffer => {
  const bytes = Buffer.alloc(20, 'r');
  bytes.writeUInt32BE(length, 16);
  return bytes;
};

function faultOf(action: () => unknown): CryptoFault | 'none' {
  try {
    action();
    return 'none';
  } catch (error) {
    if (error instanceof WechatCryptoError) return error.fault;
    throw error;
  }
}

describe('the message envelope', () => {
  it('opens what it sealed, for any message of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (message) => {
        expect(envelope.open(envelope.seal(message)).message).toBe(message);
      }),
      { numRuns: 200 },
    );
  });

  it('seals one message differently each time', () => {
    expect(envelope.seal('same')).not.toBe(envelope.seal('same'));
  });

  it('counts bytes, not characters', () => {
    const opened = envelope.open(envelope.seal('你好，世界 👋'));

    expect(opened.message).toBe('你好，世界 👋');
  });

  it('adds a whole block of 32 when the content fills one', () => {
    const message = 'm'.repeat(64 - 20 - receiveId.length);

    expect(Buffer.from(envelope.seal(message), 'base64')).toHaveLength(96);
    expect(envelope.open(envelope.seal(message)).message).toBe(message);
  });

  it('takes a key whose last character carries bits that are not zero', () => {
    const twin = new MessageEnvelope({ encodingAesKey: `${encodingAesKey.slice(0, 42)}E`, receiveId });

    expect(twin.open(envelope.seal('hi')).message).toBe('hi');
  });

  it.each([
    ['an empty text', '', 'bad-length'],
    ['text that is not base64', 'not base64 at all!', 'bad-base64'],
    ['the url-safe alphabet', 'ab-_'.repeat(16), 'bad-base64'],
    ['half an AES block', Buffer.alloc(24).toString('base64'), 'bad-length'],
    ['a cut ciphertext', envelope.seal('hello world'.repeat(5)).slice(0, 64), 'bad-padding'],
    ['padding of zero', encryptRaw(Buffer.alloc(32, 0)), 'bad-padding'],
    ['padding over 32', encryptRaw(Buffer.alloc(64, 33)), 'bad-padding'],
    ['padding longer than the message', encryptRaw(Buffer.alloc(16, 32)), 'bad-padding'],
    ['padding of mixed bytes', encryptRaw(Buffer.concat([Buffer.alloc(30, 1), Buffer.from([3, 2])])), 'bad-padding'],
    ['nothing but padding', encryptRaw(Buffer.alloc(32, 32)), 'bad-length'],
    ['less than a header', encryptRaw(Buffer.concat([Buffer.alloc(16), Buffer.alloc(16, 16)])), 'bad-length'],
    ['a length beyond the end', encryptRaw(Buffer.concat([header(4_000_000_000), Buffer.alloc(12, 12)])), 'bad-length'],
    ['another receiver', new MessageEnvelope({ encodingAesKey, receiveId: 'wx0' }).seal('hi'), 'bad-receive-id'],
    ['a receiver with a tail', new MessageEnvelope({ encodingAesKey, receiveId: `${receiveId}x` }).seal('hi'), 'bad-receive-id'],
    ['no receiver', new MessageEnvelope({ encodingAesKey, receiveId: '' }).seal('hi'), 'bad-receive-id'],
  ] satisfies [string, string, CryptoFault][])('refuses %s', (_what, encrypted, fault) => {
    expect(faultOf(() => envelope.open(encrypted))).toBe(fault);
  });

  it('refuses what another key sealed', () => {
    const other = new MessageEnvelope({ encodingAesKey: encodingAesKey.replace('a', 'b'), receiveId });

    // The wrong key gives noise, which now and then ends like good padding: then the length or the receiver is wrong.
    for (let i = 0; i < 300; i++) expect(faultOf(() => envelope.open(other.seal(`message ${i}`)))).not.toBe('none');
  });

  it('throws nothing but its own error, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array().map((b) => encryptRaw(wholeBlocks(b))),
        ),
        (junk) => {
          faultOf(() => envelope.open(junk));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['too short', 'a'.repeat(42)],
    ['too long', 'a'.repeat(44)],
    ['padded', `${'a'.repeat(42)}=`],
    ['of odd letters', '-'.repeat(43)],
    ['empty', ''],
  ])('refuses a key that is %s', (_what, key) => {
    expect(faultOf(() => new MessageEnvelope({ encodingAesKey: key, receiveId }))).toBe('bad-key');
  });

  it('refuses to seal with a random part of another length', () => {
    expect(faultOf(() => envelope.seal('hi', Buffer.alloc(15)))).toBe('bad-length');
  });
});

const wholeBlocks = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16, 5)]);

describe('signatures', () => {
  it('are sorted by bytes: U+FFFF before an emoji, though UTF-16 says otherwise', () => {
    expect(sortedSha1(['👋', '\uffff'])).toBe(sortedSha1(['\uffff👋']));
  });

  it.each([
    [undefined],
    [null],
    [42],
    [['a', 'b']],
    [{}],
    [''],
    ['short'],
    ['é'.repeat(40)],
    [sortedSha1(['a', 'b']).toUpperCase()],
  ])('refuse %p', (given) => {
    expect(signatureIsGood(given, ['a', 'b'])).toBe(false);
  });

  it('of a page ignore its fragment and nothing else', () => {
    const page = { ticket: 't', nonce: 'n', timestamp: 1 };

    expect(jsapiSignature({ ...page, url: 'https://a/?q=1#x' })).toBe(jsapiSignature({ ...page, url: 'https://a/?q=1' }));
    expect(jsapiSignature({ ...page, url: 'https://a/?q=1' })).not.toBe(jsapiSignature({ ...page, url: 'https://a/' }));
  });
});

describe('user data of a mini program', () => {
  const key = Buffer.alloc(16, 1);
  const iv = Buffer.alloc(16, 2);
  const seal = (text: string) => {
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  };
  const sealed = (text: string) => ({
    encryptedData: seal(text),
    iv: iv.toString('base64'),
    sessionKey: key.toString('base64'),
    appid: 'wx1',
  });
  const good = '{"nickName":"小明","watermark":{"appid":"wx1","timestamp":1}}';

  it('opens', () => {
    expect(openUserData(sealed(good))).toEqual({ nickName: '小明', watermark: { appid: 'wx1', timestamp: 1 } });
  });

  it.each([
    ['of another appid', { ...sealed(good), appid: 'wx2' }, 'bad-receive-id'],
    ['without a watermark', sealed('{"a":1}'), 'bad-receive-id'],
    ['that is not JSON', sealed('hello'), 'bad-json'],
    ['that is null', sealed('null'), 'bad-json'],
    ['under another key', { ...sealed(good), sessionKey: Buffer.alloc(16, 9).toString('base64') }, 'bad-padding'],
    ['under a short key', { ...sealed(good), sessionKey: 'AAAA' }, 'bad-key'],
    ['with a short iv', { ...sealed(good), iv: 'AAAA' }, 'bad-length'],
    ['that is empty', { ...sealed(good), encryptedData: '' }, 'bad-padding'],
    ['that is not base64', { ...sealed(good), encryptedData: '%' }, 'bad-base64'],
  ] satisfies [string, Parameters<typeof openUserData>[0], CryptoFault][])('is refused %s', (_what, data, fault) => {
    expect(faultOf(() => openUserData(data))).toBe(fault);
  });
});
