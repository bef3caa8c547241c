import { MessageEnvelope, WechatCryptoError, signatureIsGood } from '#wechat-crypto';
import { encryptedCopies } from './encrypted-copies.js';
import { readJson } from './json-document.js';
import type { Parsed, PushFields } from './push-fields.js';
import { typeOf } from './push-type.js';
import { type WechatPush, pushOf } from './wechat-push.js';
import { readXml } from './xml-document.js';

/** One generation of what an operator enters in WeChat's console. */
export interface PushSecrets {
  readonly token: string;
  readonly encodingAesKey: string | null;
}

export interface PushReceiver {
  /** The appid that encrypted pushes end with: an account's own, or its platform's. */
  readonly receiveId: string;
  /** The least that is accepted: `plain` and `compatible` take all three forms, `safe` only encrypted ones. */
  readonly mode: 'plain' | 'compatible' | 'safe';
  /** The current one first, then those still accepted after a change. */
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
  /** The one that verified; a reply is sealed with it. */
  readonly generation: PushSecrets;
  readonly wasEncrypted: boolean;
  readonly format: 'xml' | 'json';
  /** The clear bytes, as they came. */
  readonly plain: Buffer;
  /** Names this very signature: in the plain form it does not cover the body, so it must not come with another one. */
  readonly signatureId: string;
  /** Null for what is too strange to be read. */
  readonly fields: PushFields | null;
  readonly type: string;
  readonly event: WechatPush;
}

export type PushVerdict =
  | { readonly kind: 'forged'; readonly why: string }
  /** Rightly signed, at another time: a replay, or a wrong clock. */
  | { readonly kind: 'stale'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'push'; readonly push: ReceivedPush };

export interface Moment {
  readonly now: Date;
  readonly windowSeconds: number;
}

interface Proven {
  readonly generation: PushSecrets;
  readonly plain: Buffer;
  readonly wasEncrypted: boolean;
}

/**
 * Proves a push before it reads it. The receiver's own mode decides what is a proof, never the request: otherwise an
 * attacker would choose the form whose signature does not cover the body.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
 */
export function readPush(receiver: PushReceiver, query: PushQuery, body: Buffer, moment: Moment): PushVerdict {
  const format = /^[\s\ufeff]*\{/.test(body.toString('utf8', 0, 64)) ? 'json' : 'xml';
  const copies = encryptedCopies(body.toString('utf8'), format);
  const isEncrypted = query.msg_signature !== undefined || query.encrypt_type === 'aes' || copies.length > 0;
  if (!isEncrypted && receiver.mode === 'safe') return { kind: 'forged', why: 'it is not encrypted, as this app demands' };

  const proven = isEncrypted ? proveEncrypted(receiver, query, copies) : provePlain(receiver, query, body);
  if (!proven) return { kind: 'forged', why: 'its signature is wrong' };
  const late = lateness(query, moment);
  if (late !== undefined) return { kind: 'stale', why: late };
  if (proven === 'sealed') return { kind: 'forged', why: 'it is sealed with another key, or for another app' };
  return read(proven, query);
}

/** The signature of the first call that WeChat makes when an operator enters the address. */
export function verifyEcho(
  receiver: PushReceiver,
  query: PushQuery,
  moment: Moment,
): { kind: 'echo'; echostr: string } | { kind: 'forged' | 'stale'; why: string } {
  const isGood = receiver.generations.some(({ token }) => signatureIsGood(query.signature, [token, ...stampOf(query)]));
  if (!isGood || query.echostr === undefined) return { kind: 'forged', why: 'its signature is wrong' };
  const late = lateness(query, moment);
  return late === undefined ? { kind: 'echo', echostr: query.echostr } : { kind: 'stale', why: late };
}

function provePlain(receiver: PushReceiver, query: PushQuery, body: Buffer): Proven | undefined {
  const generation = receiver.generations.find(({ token }) => signatureIsGood(query.signature, [token, ...stampOf(query)]));
  return generation && { generation, plain: body, wasEncrypted: false };
}

/** Token and key change apart, so the generation that signed need not be the one that sealed. */
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
  const signatureId = [query.msg_signature ?? query.signature, query.timestamp, query.nonce].join(' ');
  return {
    kind: 'push',
    push: { generation, wasEncrypted, format, plain, signatureId, fields, type, event: pushOf(type, fields) },
  };
}

const stampOf = ({ timestamp = '', nonce = '' }: PushQuery): [string, string] => [timestamp, nonce];

function lateness({ timestamp = '' }: PushQuery, { now, windowSeconds }: Moment): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return 'its timestamp is none';
  const seconds = Math.round(now.getTime() / 1_000 - Number(timestamp));
  if (Math.abs(seconds) <= windowSeconds) return undefined;
  return `it is from ${Math.abs(seconds)} s ${seconds > 0 ? 'ago' : 'ahead'}, and ${windowSeconds} s are allowed`;
}
