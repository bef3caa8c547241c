import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { PushReader } from './push-field-reader.js';
import type { ReceivedPush } from './push-reader.js';

export interface Article {
  readonly title: string;
  readonly description: string;
  readonly pictureUrl: string;
  readonly url: string;
}

/** A reply that the answer to a push may hold. `empty` explicitly says nothing. */
export type PassiveReply = SpokenReply | { readonly kind: 'empty' };

export type SpokenReply =
  | { readonly kind: 'text'; readonly content: string }
  | { readonly kind: 'image' | 'voice'; readonly mediaId: string }
  | { readonly kind: 'video'; readonly mediaId: string; readonly title?: string; readonly description?: string }
  | {
      readonly kind: 'music';
      readonly thumbMediaId: string;
      readonly title?: string;
      readonly description?: string;
      readonly url?: string;
      readonly hqUrl?: string;
    }
  | { readonly kind: 'news'; readonly articles: readonly Article[] }
  | { readonly kind: 'transfer'; readonly account?: string };

/** A reply that a service wrote in WeChat's own form, passed on unchanged. */
export interface RelayedReply {
  readonly kind: 'relayed';
  readonly document: string;
}

export type PushReply = PassiveReply | RelayedReply;

export interface Stamp {
  readonly timestamp: number;
  readonly nonce: string;
}

export interface WrittenReply {
  readonly contentType: string;
  readonly body: string;
}

type Node = string | number | readonly Element[];
type Element = readonly [name: string, value: Node];

/** Writes the reply in the form of the push, sealed if the push was, with the secrets that proved it. */
export function writeReply(push: ReceivedPush, receiveId: string, reply: PushReply, stamp: Stamp): WrittenReply {
  const contentType = push.format === 'json' ? 'application/json' : 'text/xml';
  if (reply.kind === 'relayed') return { contentType, body: sealed(push, receiveId, reply.document, stamp) };
  if (reply.kind === 'empty') return { contentType: 'text/plain', body: '' };
  const said = new PushReader(push.fields ?? {});
  const elements: Element[] = [
    ['ToUserName', said.textOrEmpty('FromUserName')],
    ['FromUserName', said.textOrEmpty('ToUserName')],
    ['CreateTime', stamp.timestamp],
    ...contentOf(reply),
  ];
  const clear = push.format === 'json' ? json(elements) : `<xml>${elements.map(xml).join('')}</xml>`;
  return { contentType, body: sealed(push, receiveId, clear, stamp) };
}

function sealed({ wasEncrypted, generation, format }: ReceivedPush, receiveId: string, clear: string, stamp: Stamp): string {
  const { token, encodingAesKey } = generation;
  if (!wasEncrypted || encodingAesKey === null) return clear;
  const encrypted = new MessageEnvelope({ encodingAesKey, receiveId }).seal(clear);
  const envelope: Element[] = [
    ['Encrypt', encrypted],
    ['MsgSignature', sortedSha1([token, String(stamp.timestamp), stamp.nonce, encrypted])],
    ['TimeStamp', stamp.timestamp],
    ['Nonce', stamp.nonce],
  ];
  return format === 'json' ? json(envelope) : `<xml>${envelope.map(xml).join('')}</xml>`;
}

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html */
function contentOf(reply: SpokenReply): Element[] {
  switch (reply.kind) {
    case 'text':
      return [type('text'), ['Content', reply.content]];
    case 'image':
      return [type('image'), ['Image', [['MediaId', reply.mediaId]]]];
    case 'voice':
      return [type('voice'), ['Voice', [['MediaId', reply.mediaId]]]];
    case 'video':
      return [
        type('video'),
        ['Video', [['MediaId', reply.mediaId], ...some('Title', reply.title), ...some('Description', reply.description)]],
      ];
    case 'music':
      return [
        type('music'),
        [
          'Music',
          [
            ...some('Title', reply.title),
            ...some('Description', reply.description),
            ...some('MusicUrl', reply.url),
            ...some('HQMusicUrl', reply.hqUrl),
            ['ThumbMediaId', reply.thumbMediaId],
          ],
        ],
      ];
    case 'news':
      return [type('news'), ['ArticleCount', reply.articles.length], ['Articles', reply.articles.map(article)]];
    case 'transfer':
      return [
        type('transfer_customer_service'),
        ...(reply.account === undefined ? [] : [['TransInfo', [['KfAccount', reply.account]]] as const]),
      ];
  }
}

const type = (name: string): Element => ['MsgType', name];
const some = (name: string, value: string | undefined): Element[] => (value === undefined ? [] : [[name, value]]);

const article = ({ title, description, pictureUrl, url }: Article): Element => [
  'item',
  [
    ['Title', title],
    ['Description', description],
    ['PicUrl', pictureUrl],
    ['Url', url],
  ],
];

function xml([name, value]: Element): string {
  const inside = typeof value === 'number' ? String(value) : typeof value === 'string' ? cdata(value) : value.map(xml).join('');
  return `<${name}>${inside}</${name}>`;
}

/** Characters that XML does not allow are dropped. An end mark that a person wrote would end the section. */
const cdata = (text: string): string =>
  `<![CDATA[${text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

const json = (elements: readonly Element[]): string => JSON.stringify(plain(elements));

const plain = (value: Node): unknown =>
  typeof value === 'object' ? Object.fromEntries(value.map(([name, one]) => [name, plain(one)])) : value;
