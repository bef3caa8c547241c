import { MessageEnvelope, signatureIsGood, WechatCryptoError } from '#wechat-crypto';
import { parseStringPromise } from 'xml2js';
import { type Mailbox } from './mailbox.js';

export type ReplyVerdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'reply'; readonly fields: Readonly<Record<string, unknown>>; readonly wasEncrypted: boolean }
  | { readonly kind: 'bad_reply'; readonly problem: string };

const replyTypes = ['text', 'image', 'voice', 'video', 'music', 'news', 'transfer_customer_service'];

/** Why a reply is not one. Never leaves this file. */
class BadReply extends Error {}

/**
 * Reads what an app answered to a push, as strictly as the user would feel it: a reply that breaks a rule is one the
 * user never sees.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html
 */
export async function readReply(body: string, mailbox: Mailbox, openid: string): Promise<ReplyVerdict> {
  if (body === '') return { kind: 'empty' };
  if (body.trim() === 'success') return { kind: 'success' };
  try {
    if (mailbox.kind === 'platform') throw new BadReply('an event of a platform is answered success');
    const outer = await parse(body);
    const wasEncrypted = 'Encrypt' in outer;
    if (mailbox.mode === 'safe' && !wasEncrypted) throw new BadReply('a clear reply in safe mode');
    if (mailbox.mode === 'plain' && wasEncrypted) throw new BadReply('an encrypted reply in plain mode');
    const fields = wasEncrypted ? await parse(open(outer, mailbox)) : outer;
    check(fields, mailbox, openid);
    return { kind: 'reply', fields, wasEncrypted };
  } catch (error) {
    if (error instanceof BadReply) return { kind: 'bad_reply', problem: error.message };
    throw error;
  }
}

function open(outer: Readonly<Record<string, unknown>>, mailbox: Mailbox): string {
  const [encrypted = '', timestamp = '', nonce = ''] = ['Encrypt', 'TimeStamp', 'Nonce'].map((name) => word(outer[name]));
  const { token, aesKey } = mailbox;
  if (!signatureIsGood(outer['MsgSignature'], [token, timestamp, nonce, encrypted])) {
    throw new BadReply('the MsgSignature of the reply is wrong');
  }
  try {
    return new MessageEnvelope({ encodingAesKey: aesKey, receiveId: mailbox.receiveId }).open(encrypted).message;
  } catch (error) {
    if (error instanceof WechatCryptoError) throw new BadReply(`the reply does not decrypt: ${error.fault}`);
    throw error;
  }
}

/** In JSON the TimeStamp is a number. */
const word = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

function check(fields: Readonly<Record<string, unknown>>, mailbox: Mailbox, openid: string): void {
  if (fields['ToUserName'] !== openid) throw new BadReply('ToUserName is not the openid the push came from');
  if (fields['FromUserName'] !== mailbox.originalId) throw new BadReply('FromUserName is not the original id of the app');
  if (!/^\d+$/.test(word(fields['CreateTime']))) throw new BadReply('CreateTime is not an integer');
  const type = word(fields['MsgType']);
  const allowed = mailbox.kind === 'mini_program' ? ['transfer_customer_service'] : replyTypes;
  if (!allowed.includes(type)) throw new BadReply(`MsgType ${type} is not one to reply with`);
  if (type === 'text' && typeof fields['Content'] !== 'string') throw new BadReply('a text without Content');
}

async function parse(text: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : await parseXml(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below: what the parser disliked tells an app's author less than that it is neither.
  }
  throw new BadReply('the answer is neither success, nor empty, nor a reply document');
}

function parseXml(text: string): Promise<unknown> {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new BadReply('a DTD in a reply');
  return parseStringPromise(text, { explicitArray: false, explicitRoot: false, async: false });
}
