import { type Json, wireJson } from './wire-json.js';

/** What is pushed: fields in the documented order. */
export type Message = { readonly [name: string]: Json | undefined };

/** WeChat's own layout: strings in CDATA, numbers bare, a line for each element. */
export function messageXml(message: Message): string {
  return `<xml>${elements(message)}\n</xml>`;
}

export const messageJson = (message: Message): string => wireJson(message).replaceAll('\\/', '/');

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
