import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';

export const callbackToken = 'PusherToken';
export const encodingAesKey = 'PusherKeyPusherKeyPusherKeyPusherKeyPusher0';

export interface PushOptions {
  readonly appid: string;
  readonly token?: string;
  readonly aesKey?: string;
  readonly isSealed?: boolean;
  readonly nonce?: string;
  readonly at?: Date;
}

/** Elements of a push as WeChat writes them. */
export const pushXml = (fields: Record<string, string | number>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'number' ? value : `<![CDATA[${value}]]>`}</${name}>`)
    .join('\n')}</xml>`;

let serial = 0;

/** A push rightly signed, as WeChat sends one: the query and the body. */
export function signedPush(
  body: string,
  { appid, token = callbackToken, aesKey = encodingAesKey, isSealed = false, nonce, at = new Date() }: PushOptions,
): { query: string; body: string } {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const stamp = [timestamp, nonce ?? String(1_000_000_000 + serial++)] as const;
  const common = { signature: sortedSha1([token, ...stamp]), timestamp, nonce: stamp[1] };
  if (!isSealed) return { query: new URLSearchParams(common).toString(), body };
  const encrypted = new MessageEnvelope({ encodingAesKey: aesKey, receiveId: appid }).seal(body);
  const msg_signature = sortedSha1([token, ...stamp, encrypted]);
  return {
    query: new URLSearchParams({ ...common, encrypt_type: 'aes', msg_signature }).toString(),
    body: pushXml({ ToUserName: 'gh_97417a04a28d', Encrypt: encrypted }),
  };
}

let messages = 6_074_746_557_628_000_000n;

/** A text that nobody has sent before. */
export const textPush = (content: string, openid = 'oSomebody'): string =>
  pushXml({
    ToUserName: 'gh_97417a04a28d',
    FromUserName: openid,
    CreateTime: Math.floor(Date.now() / 1_000),
    MsgType: 'text',
    Content: content,
    MsgId: String(messages++),
  });

export const eventPush = (event: string, fields: Record<string, string | number> = {}, openid = 'oSomebody'): string =>
  pushXml({
    ToUserName: 'gh_97417a04a28d',
    FromUserName: openid,
    CreateTime: Math.floor(Date.now() / 1_000),
    MsgType: 'event',
    Event: event,
    ...fields,
  });
