import type { Sentence } from '#errors';

/** What a push says, by WeChat's names. Objects have no prototype, so no name in them means anything to JavaScript. */
export type PushValue = string | number | boolean | null | PushValue[] | PushFields;
export interface PushFields {
  readonly [name: string]: PushValue;
}

export type Parsed =
  | { readonly kind: 'fields'; readonly fields: PushFields }
  /** Well-formed, but nested too deeply or with too many members to be read. */
  | { readonly kind: 'strange' }
  | { readonly kind: 'malformed'; readonly why: Sentence };

export const depthMax = 16;
export const elementsMax = 2_000;

/** A copy that every database accepts: no U+0000, no half surrogate pair, no prototype. */
export function storable(value: unknown, nameOf = (name: string): string => name): PushValue {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map((one) => storable(one, nameOf));
  if (typeof value !== 'object' || value === null) return typeof value === 'number' || typeof value === 'boolean' ? value : null;
  const copy = Object.create(null) as Record<string, PushValue>;
  for (const [name, one] of Object.entries(value)) copy[storableText(nameOf(name))] = storable(one, nameOf);
  return copy;
}

const storableText = (text: string): string => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');

export const isFields = (value: PushValue | undefined): value is PushFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
