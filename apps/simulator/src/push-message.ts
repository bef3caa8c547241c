import { type Json, wireJson } from './wire-json.js';

/** What is pushed: fields in the documented order. */
export type Message = { readonly [name: string]: Json | undefined };

/** WeChat's own layout: strings in CDATA, numbers bare, a line for each element. */
export function messageXml(message: Message): string {
  return `<xml>${elements(message)}\n</xml>`;
}

export const messageJson = (message: Message): string => wireJson(message).replaceAll('\\/', '/');

const subscribeEvents = ['SubscribeMsgPopupEvent', 'SubscribeMsgChangeEvent', 'SubscribeMsgSentEvent'];

/**
 * WeChat's own samples of these events disagree in JSON: `{"List":[...]}`, an array without it, or one entry that is no
 * list. CreateTime is a string in all of them.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
 */
export function subscribeEventIn(form: 'list' | 'array' | 'single', message: Message): Message {
  const name = subscribeEvents.find((one) => one in message);
  const event = name === undefined ? undefined : message[name];
  if (name === undefined || typeof event !== 'object' || event === null || !('List' in event)) return message;
  const list = event.List ?? [];
  const single = isList(list) && list.length === 1 ? list[0] : list;
  const shaped = { list: event, array: list, single: { List: single } }[form];
  return { ...message, CreateTime: wireJson(message['CreateTime'] ?? 0), [name]: shaped };
}

function elements(fields: Message): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      if (value === undefined || value === null) return [];
      // A list is the element again and again, as in SubscribeMsgPopupEvent/List.
      const values: readonly Json[] = isList(value) ? value : [value];
      return values.map((one) => `<${name}>${content(one)}</${name}>`);
    })
    .join('\n');
}

function content(value: Json): string {
  if (typeof value === 'string') return cdata(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return isList(value) ? value.map(content).join('') : elements(value);
}

/** Characters that no XML can hold are left out; the end mark is split over two sections. */
function cdata(text: string): string {
  const clean = [...text].filter(isXmlCharacter).join('');
  return `<![CDATA[${clean.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

const isXmlCharacter = (character: string): boolean => character >= ' ' || '\t\n\r'.includes(character);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
