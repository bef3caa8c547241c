import fc from 'fast-check';
import type { Json } from './good-input.js';
import { deep, huge } from './shorthand.js';

/** Of all there are. Fast-check's own way of saying so lists each of the million for the shrinking, in 1.6 s of CPU. */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10_ffff }))
  .map((one) => String.fromCodePoint(one));

/** Texts that have broken programs before. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\r\n',
    '\u001b[31m',
    '\ud800',
    '\udc00x',
    '\ufeff',
    '\u202e',
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'length',
  ),
  fc.constantFrom(
    'null',
    'undefined',
    'NaN',
    '-1',
    '1e400',
    '0x10',
    '*',
    '%',
    '%s%n',
    "'",
    '"',
    '\\',
    '../../etc/passwd',
    '{{7*7}}',
    '<b>',
  ),
  fc.constantFrom(...huge),
  fc.string({ unit: codePoint, maxLength: 12 }),
);

/** Any value at all, where another was wanted. */
export const junk: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: oddText },
  fc.constantFrom<Json[]>(null, true, false, 0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63, [], {}, [[]], [null], {
    length: -1,
  }),
  fc.constantFrom(...deep),
  fc.constantFrom<Json[]>(
    JSON.parse('{"__proto__":{"admin":true}}') as Json,
    { constructor: { prototype: { admin: true } } },
    { toString: null, valueOf: 1 },
    { then: 'x' },
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

export interface Change {
  /** Which place of the value, counted through all of it. */
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'wrap';
  readonly name: string;
  readonly value: Json;
}

export const change: fc.Arbitrary<Change> = fc.record(
  {
    at: fc.nat(30),
    how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'wrap'),
    name: fc.oneof(fc.constantFrom('id', 'appid', 'secret', 'created_at', '__proto__', 'constructor', 'toString'), oddText),
    value: junk,
  },
  { noNullPrototype: true },
);

/** The value with one of its places spoiled. */
export function changed(value: Json, how: Change): Json {
  const places = placesIn(value);
  return at(value, places[how.at % places.length] ?? [], how);
}

function placesIn(value: Json): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner).map((place) => [name, ...place]))];
}

function at(value: Json, [first, ...rest]: string[], how: Change): Json {
  if (first === undefined || typeof value !== 'object' || value === null) return spoiled(value, how);
  const members = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    if (name !== first) return [[name, inner]];
    return how.how === 'remove' && rest.length === 0 ? [] : [[name, at(inner, rest, how)]];
  });
  return Array.isArray(value) ? members.map(([, inner]) => inner) : Object.fromEntries(members);
}

function spoiled(value: Json, { how, name, value: other }: Change): Json {
  if (how === 'wrap') return [value];
  if (how === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value))
    // Unlike an assignment, this makes a member even of `__proto__`.
    return Object.fromEntries([...Object.entries(value), [name, other]]);
  return other;
}

/** What happens to a body after it was JSON. */
export const damages = {
  none: (text: string) => text,
  truncated: (text: string) => text.slice(0, -1),
  halved: (text: string) => text.slice(0, text.length / 2),
  'followed by more': (text: string) => `${text}]`,
  'after a byte order mark': (text: string) => `\ufeff${text}`,
  'said twice': (text: string) => `${text}${text}`,
  'of single quotes': (text: string) => text.replaceAll('"', "'"),
  'with a member twice': (text: string) => text.replace(/^\{/, '{"name":1,"name":"x",'),
  'with NaN': (text: string) => text.replace(/^\{/, '{"name":NaN,'),
  empty: () => '',
  'only space': () => ' \n ',
  'a form': () => 'name=x&secret=y',
} satisfies Record<string, (text: string) => string>;

export type Damage = keyof typeof damages;

export const damage: fc.Arbitrary<Damage> = fc.constantFrom(...(Object.keys(damages) as Damage[]));

export const mediaTypes = [
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json;',
  'APPLICATION/JSON',
  'application/json, text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
  'text/xml',
  'application/octet-stream',
  'application/jsonx',
  'json',
  '/',
  '*/*',
  'a'.repeat(300),
  'application/json\u00ff',
  '__proto__',
] as const;

/** What happens to an address after it was right. */
export const detours = {
  none: (path: string) => path,
  'a slash at its end': (path: string) => `${path}/`,
  'two slashes': (path: string) => path.replace('/', '//'),
  'in capitals': (path: string) => path.toUpperCase(),
  'an escaped letter': (path: string) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  'an escaped slash': (path: string) => path.replace(/(?<=.)\//, '%2f'),
  'half an escape': (path: string) => `${path}%`,
  'no escape': (path: string) => `${path}%zz`,
  'no UTF-8': (path: string) => `${path}%ff%fe`,
  'an escaped NUL': (path: string) => `${path}%00`,
  'a raw byte': (path: string) => `${path}\u00e9`,
  'the folder above': (path: string) => `${path}/../x`,
  'the folder above, escaped': (path: string) => `${path}/%2e%2e/x`,
  'a semicolon': (path: string) => `${path};x=1`,
  'a fragment': (path: string) => `${path}#x`,
  'one more segment': (path: string) => `${path}/more`,
  'one segment less': (path: string) => path.slice(0, Math.max(1, path.lastIndexOf('/'))),
  'a long segment': (path: string) => `${path}/«5000 letters»`,
  'far too long': (path: string) => `${path}/«20000 letters»`,
} satisfies Record<string, (path: string) => string>;

export type Detour = keyof typeof detours;

export const detour: fc.Arbitrary<Detour> = fc.constantFrom(...(Object.keys(detours) as Detour[]));
