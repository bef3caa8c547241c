import type { Sentence } from '#errors';
import { MessageEnvelope, WechatCryptoError, signatureIsGood, sortedSha1 } from '#wechat-crypto';
import { encryptedCopies } from './encrypted-copies.js';
import { readJson } from './json-document.js';
import type { Parsed, PushFields } from './push-fields.js';
import { typeOf } from './push-type.js';
import { type WechatPush, pushOf } from './wechat-push.js';
import { readXml } from './xml-document.js';

/** One generation of the values that an operator enters in WeChat's console. */
export interface PushSecrets {
  readonly token: string;
  readonly encodingAesKey: string | null;
}

export interface PushReceiver {
  /** The appid at the end of encrypted pushes: an account's own, or its platform's. */
  readonly receiveId: string;
  /** The weakest form that is accepted: `plain` and `compatible` take all three forms, `safe` only encrypted ones. */
  readonly mode: 'plain' | 'compatible' | 'safe';
  /** The current generation first, then those that are still accepted after a change. */
  readonly generations: readonly PushSecrets[];
}

export interface PushQuery {
  readonly signature?: string;
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly encrypt_type?: string;
  readonly msg_signature?: string;
  readonly echostr?: string;
}

export interface ReceivedPush {
  /** The generation that verified the push. A reply is sealed with it. */
  readonly generation: PushSecrets;
  readonly wasEncrypted: boolean;
  readonly format: 'xml' | 'json';
  readonly plain: Buffer;
  /** The signature of the plain form, whatever form the push has. It does not cover the content. */
  readonly stamp: string;
  /** Null for content too strange to read. */
  readonly fields: PushFields | null;
  readonly type: string;
  readonly event: WechatPush;
}

export type PushVerdict =
  | { readonly kind: 'forged'; readonly why: Sentence; readonly reason: 'wrong_signature' | 'wrong_key' | 'not_encrypted' }
  /** Rightly signed, at another time: a replay, or a wrong clock. */
  | { readonly kind: 'stale'; readonly why: Sentence }
  | { readonly kind: 'malformed'; readonly why: Sentence }
  | { readonly kind: 'push'; readonly push: ReceivedPush };

export interface Moment {
  readonly now: Date;
  readonly windowSeconds: number;
}

/** Said of whatever nothing proves. */
export const wrongSignature: Sentence = { en: 'its signature is wrong', zh: '签名错误' };

interface Proven {
  readonly generation: PushSecrets;
  readonly plain: Buffer;
  readonly wasEncrypted: boolean;
}

/**
 * Proves a push before reading it. The receiver's mode decides what is a proof, never the request: an attacker would choose the
 * form whose signature does not cover the body.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
 */
export function readPush(receiver: PushReceiver, query: PushQuery, body: Buffer, moment: Moment): PushVerdict {
  const format = /^[\s\ufeff]*\{/.test(body.toString('utf8', 0, 64)) ? 'json' : 'xml';
  const copies = encryptedCopies(body.toString('utf8'), format);
  const isEncrypted = query.msg_signature !== undefined || query.encrypt_type === 'aes' || copies.length > 0;
  // A sender who does not know the token learns nothing about the app.
  if (!isEncrypted && receiver.mode === 'safe')
    return signerOf(receiver, query)
      ? {
          kind: 'forged',
          reason: 'not_encrypted',
          why: { en: 'it is not encrypted, as this app demands', zh: '它没有加密，而这个应用要求加密' },
        }
      : { kind: 'forged', reason: 'wrong_signature', why: wrongSignature };

  const proven = isEncrypted ? proveEncrypted(receiver, query, copies) : provePlain(receiver, query, body);
  if (!proven) return { kind: 'forged', reason: 'wrong_signature', why: wrongSignature };
  const late = lateness(query, moment);
  if (late !== undefined) return { kind: 'stale', why: late };
  if (proven === 'sealed')
    return {
      kind: 'forged',
      reason: 'wrong_key',
      why: { en: 'it is sealed with another key, or for another app', zh: '它用另一个密钥加密，或属于另一个应用' },
    };
  return read(proven, query);
}

/** Verifies the signature of WeChat's first call, when an operator enters the address. */
export function verifyEcho(
  receiver: PushReceiver,
  query: PushQuery,
  moment: Moment,
): { kind: 'echo'; echostr: string; stamp: string } | { kind: 'forged' | 'stale'; why: Sentence } {
  const generation = signerOf(receiver, query);
  if (!generation || query.echostr === undefined) return { kind: 'forged', why: wrongSignature };
  const late = lateness(query, moment);
  if (late !== undefined) return { kind: 'stale', why: late };
  return { kind: 'echo', echostr: query.echostr, stamp: signedStamp(generation, query) };
}

function provePlain(receiver: PushReceiver, query: PushQuery, body: Buffer): Proven | undefined {
  const generation = signerOf(receiver, query);
  return generation && { generation, plain: body, wasEncrypted: false };
}

const signerOf = ({ generations }: PushReceiver, query: PushQuery): PushSecrets | undefined =>
  generations.find(({ token }) => signatureIsGood(query.signature, [token, ...stampOf(query)]));

/** Token and key change separately, so one generation may have signed and another sealed. */
function proveEncrypted(receiver: PushReceiver, query: PushQuery, copies: string[]): Proven | 'sealed' | undefined {
  let isSigned = false;
  for (const generation of receiver.generations)
    for (const copy of copies) {
      if (!signatureIsGood(query.msg_signature, [generation.token, ...stampOf(query), copy])) continue;
      isSigned = true;
      const plain = opened(generation, receiver.receiveId, copy);
      if (plain) return { generation, plain, wasEncrypted: true };
    }
  return isSigned ? 'sealed' : undefined;
}

function opened({ encodingAesKey }: PushSecrets, receiveId: string, copy: string): Buffer | undefined {
  if (encodingAesKey === null) return undefined;
  try {
    return new MessageEnvelope({ encodingAesKey, receiveId }).open(copy).bytes;
  } catch (error) {
    if (error instanceof WechatCryptoError) return undefined;
    throw error;
  }
}

function read({ generation, plain, wasEncrypted }: Proven, query: PushQuery): PushVerdict {
  const text = plain.toString('utf8').replace(/^\ufeff/, '');
  const format = /^\s*\{/.test(text) ? 'json' : 'xml';
  const parsed: Parsed = format === 'json' ? readJson(text) : readXml(text);
  if (parsed.kind === 'malformed') return parsed;
  const fields = parsed.kind === 'fields' ? parsed.fields : null;
  const type = fields ? typeOf(fields) : 'event.unknown';
  const stamp = signedStamp(generation, query);
  return {
    kind: 'push',
    push: { generation, wasEncrypted, format, plain, stamp, fields, type, event: pushOf(type, fields) },
  };
}

/** Computed here, because a sealed push is valid without it. */
const signedStamp = ({ token }: PushSecrets, query: PushQuery): string =>
  [sortedSha1([token, ...stampOf(query)]), ...stampOf(query)].join(' ');

const stampOf = ({ timestamp = '', nonce = '' }: PushQuery): [string, string] => [timestamp, nonce];

function lateness({ timestamp = '' }: PushQuery, { now, windowSeconds }: Moment): Sentence | undefined {
  // Signed are the parts joined: with a zero before it, a timestamp might have borrowed from the nonce.
  if (!/^[1-9]\d{0,11}$/.test(timestamp)) return { en: 'its timestamp is none', zh: '它的时间戳不是有效的时间戳' };
  const seconds = Math.round(now.getTime() / 1_000 - Number(timestamp));
  if (Math.abs(seconds) <= windowSeconds) return undefined;
  const [far, isPast] = [Math.abs(seconds), seconds > 0];
  return {
    en: `it is from ${far} s ${isPast ? 'ago' : 'ahead'}, and ${windowSeconds} s are allowed`,
    zh: `它的时间${isPast ? '早' : '晚'}了 ${far} 秒，而只允许相差 ${windowSeconds} 秒`,
  };
}
