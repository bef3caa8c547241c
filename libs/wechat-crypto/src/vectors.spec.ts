import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { jsapiSignature, MessageEnvelope, signatureIsGood, sortedSha1, userDataSignature, openUserData } from './index.js';

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly inputs: Record<string, string> & { parts?: string[] };
  readonly expected: Record<string, string> & { valid?: boolean };
}

const { vectors } = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as { vectors: Vector[] };

const of = (values: Record<string, unknown>, name: string): string => {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`the vector lacks ${name}`);
  return value;
};

const envelopeOf = (inputs: Vector['inputs']) =>
  new MessageEnvelope({ encodingAesKey: of(inputs, 'encodingAESKey'), receiveId: of(inputs, 'receiveId') });

const checks: Record<string, (vector: Vector) => void> = {
  url_signature: ({ inputs, expected }) => {
    const parts = [of(inputs, 'token'), of(inputs, 'timestamp'), of(inputs, 'nonce')];
    expect(signatureIsGood(expected['signature'], parts)).toBe(expected.valid);
  },
  encrypted_push: ({ inputs, expected }) => {
    const parts = [of(inputs, 'token'), of(inputs, 'timestamp'), of(inputs, 'nonce'), of(inputs, 'encrypt')];
    expect(signatureIsGood(expected['msg_signature'], parts)).toBe(true);
    const opened = envelopeOf(inputs).open(of(inputs, 'encrypt'));
    expect(opened.message).toBe(expected['plaintext']);
    expect(opened.random.toString('latin1')).toBe(expected['random16']);
    expect(envelopeOf(inputs).seal(opened.message, opened.random)).toBe(inputs['encrypt']);
  },
  encrypt: ({ inputs, expected }) => {
    const sealed = envelopeOf(inputs).seal(of(inputs, 'plaintext'), Buffer.from(of(inputs, 'random16'), 'latin1'));
    expect(sealed).toBe(expected['encrypt']);
  },
  encrypted_reply: (vector) => {
    const { inputs, expected } = vector;
    checks['encrypt']?.(vector);
    const parts = [of(inputs, 'token'), of(inputs, 'timestamp'), of(inputs, 'nonce'), of(expected, 'encrypt')];
    expect(sortedSha1(parts)).toBe(expected['msg_signature']);
  },
  sorted_sha1: ({ inputs, expected }) => expect(sortedSha1(inputs.parts ?? [])).toBe(expected['sha1']),
  jsapi_signature: ({ inputs, expected }) => {
    const page = { ticket: of(inputs, 'jsapi_ticket'), nonce: of(inputs, 'noncestr'), timestamp: of(inputs, 'timestamp') };
    expect(jsapiSignature({ ...page, url: of(inputs, 'url') })).toBe(expected['signature']);
  },
  userdata_signature: ({ inputs, expected }) =>
    expect(userDataSignature({ rawData: of(inputs, 'rawData'), sessionKey: of(inputs, 'session_key') })).toBe(
      expected['signature'],
    ),
  userdata_decrypt: ({ inputs, expected }) => {
    const sealed = { encryptedData: of(inputs, 'encryptedData'), iv: of(inputs, 'iv'), sessionKey: of(inputs, 'session_key') };
    expect(JSON.stringify(openUserData({ ...sealed, appid: of(inputs, 'appid') }))).toBe(expected['plaintext']);
  },
};

describe('the published vectors', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s holds', (_id, vector) => {
    const check = checks[vector.kind];

    if (!check) throw new Error(`no check for vectors of kind ${vector.kind}`);
    check(vector);
  });
});
