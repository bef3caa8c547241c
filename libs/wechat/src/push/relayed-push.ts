import { MessageEnvelope, WechatCryptoError, signatureIsGood, sortedSha1 } from '#wechat-crypto';
import { readJson } from './json-document.js';
import type { PassiveReply, RelayedReply, Stamp } from './passive-reply.js';
import { PushReader } from './push-field-reader.js';
import { type PushFields, isFields } from './push-fields.js';
import { readXml } from './xml-document.js';

/** The secrets that a relay's framework uses in place of those in WeChat's console. */
export interface RelaySecrets {
  readonly token: string;
  readonly encodingAesKey: string;
}

export interface RelayedRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  readonly contentType: string;
}

/** The framework's answer cannot be passed on. */
export class RelayReplyRefused extends Error {}

interface Between {
  /** The appid that the framework expects. */
  readonly receiveId: string;
  readonly openid: string | null;
  readonly isSealed: boolean;
}

/** Writes a push as WeChat would send it to another receiver: signed again, and sealed again if it was sealed. */
export function relayPush(
  plain: Buffer,
  between: Between,
  { token, encodingAesKey }: RelaySecrets,
  stamp: Stamp,
): RelayedRequest {
  const clear = plain.toString('utf8');
  const isJson = jsonLike(clear);
  const timestamp = String(stamp.timestamp);
  const { nonce } = stamp;
  const contentType = isJson ? 'application/json' : 'text/xml';
  const signed = { signature: sortedSha1([token, timestamp, nonce]), timestamp, nonce };
  const query = { ...signed, ...(between.openid !== null && { openid: between.openid }) };
  if (!between.isSealed) return { query, body: clear, contentType };

  const encrypted = new MessageEnvelope({ encodingAesKey, receiveId: between.receiveId }).seal(clear);
  const to = new PushReader(fieldsOf(clear) ?? {}).textOrEmpty('ToUserName');
  return {
    query: { ...query, encrypt_type: 'aes', msg_signature: sortedSha1([token, timestamp, nonce, encrypted]) },
    body: isJson
      ? JSON.stringify({ ToUserName: to, Encrypt: encrypted })
      : `<xml><ToUserName><![CDATA[${to.replaceAll(']]>', '')}]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
    contentType,
  };
}

/** The call with which WeChat tests an address before it accepts it. */
export function relayEcho({ token }: RelaySecrets, stamp: Stamp, echostr: string): Record<string, string> {
  const timestamp = String(stamp.timestamp);
  return { signature: sortedSha1([token, timestamp, stamp.nonce]), timestamp, nonce: stamp.nonce, echostr };
}

/** Reads a framework's answer: nothing, `success`, or a document. A sealed document must be sealed with the relay's key. */
export function readRelayReply(
  answer: string,
  { receiveId }: Pick<Between, 'receiveId'>,
  secrets: RelaySecrets,
): RelayedReply | undefined {
  const text = answer.replace(/^\ufeff/, '').trim();
  if (text === '' || text === 'success') return undefined;
  const outer = fieldsOf(text);
  const document = typeof outer?.Encrypt === 'string' ? opened(new PushReader(outer), receiveId, secrets) : text;
  const fields = fieldsOf(document);
  if (!fields || typeof fields.MsgType !== 'string') throw new RelayReplyRefused('it is no reply that WeChat would read');
  return { kind: 'relayed', document };
}

function opened(said: PushReader, receiveId: string, { token, encodingAesKey }: RelaySecrets): string {
  const [encrypted, timestamp, nonce] = [said.textOrEmpty('Encrypt'), said.textOrEmpty('TimeStamp'), said.textOrEmpty('Nonce')];
  if (!signatureIsGood(said.textOrEmpty('MsgSignature'), [token, timestamp, nonce, encrypted]))
    throw new RelayReplyRefused('its signature is wrong');
  try {
    return new MessageEnvelope({ encodingAesKey, receiveId }).open(encrypted).message;
  } catch (error) {
    if (error instanceof WechatCryptoError) throw new RelayReplyRefused('it is sealed with another key, or for another app');
    throw error;
  }
}

/** The reply in our own form, to send it in another way; undefined if there is no such form. */
export function passiveReplyIn({ document }: RelayedReply): PassiveReply | undefined {
  const said = new PushReader(fieldsOf(document) ?? {});
  const type = said.textOrEmpty('MsgType');
  if (type === 'text') return { kind: 'text', content: said.textOrEmpty('Content') };
  if (type === 'image') return { kind: 'image', mediaId: said.object('Image').textOrEmpty('MediaId') };
  if (type === 'voice') return { kind: 'voice', mediaId: said.object('Voice').textOrEmpty('MediaId') };
  if (type !== 'news') return undefined;
  const articles = said.items('Articles', 'item').map((article) => ({
    title: article.textOrEmpty('Title'),
    description: article.textOrEmpty('Description'),
    pictureUrl: article.textOrEmpty('PicUrl'),
    url: article.textOrEmpty('Url'),
  }));
  return { kind: 'news', articles };
}

const jsonLike = (text: string): boolean => /^[\s\ufeff]*\{/.test(text);

function fieldsOf(text: string): PushFields | undefined {
  const parsed = jsonLike(text) ? readJson(text) : readXml(text);
  return parsed.kind === 'fields' && isFields(parsed.fields) ? parsed.fields : undefined;
}
