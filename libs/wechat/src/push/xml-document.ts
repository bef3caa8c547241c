import { Parser } from 'xml2js';
import { type Parsed, depthMax, elementsMax, isFields, storable } from './push-fields.js';
import { XmlForbidden, xmlTags } from './xml-scan.js';

/** Reads the elements below the root. Numbers stay text, because WeChat's may exceed JavaScript's exact ones. */
export function readXml(text: string): Parsed {
  const guarded = guard(text);
  if (guarded) return guarded;
  try {
    const root = storable(Object.values(parse(text))[0], (name) => name.slice(marker.length));
    if (root === '') return { kind: 'fields', fields: Object.create(null) as Record<string, never> };
    return isFields(root) ? { kind: 'fields', fields: root } : { kind: 'malformed', why: { en: 'no elements', zh: '没有元素' } };
  } catch {
    return { kind: 'malformed', why: { en: 'XML that is not well-formed', zh: 'XML 格式不正确' } };
  }
}

/** Undefined if the parser may read the text. */
function guard(text: string): Parsed | undefined {
  let elements = 0;
  let roots = 0;
  try {
    for (const { kind, depth } of xmlTags(text)) {
      if (kind !== 'close' && ++elements > elementsMax) return { kind: 'strange' };
      if (depth > depthMax) return { kind: 'strange' };
      if (kind !== 'close' && depth === 0 && ++roots > 1)
        return { kind: 'malformed', why: { en: 'XML of two roots', zh: 'XML 有两个根元素' } };
    }
  } catch (error) {
    if (error instanceof XmlForbidden) return { kind: 'malformed', why: error.sentence };
    throw error;
  }
  return elements === 0 ? { kind: 'malformed', why: { en: 'no XML', zh: '不是 XML' } } : undefined;
}

/** The parser keeps elements in objects with a prototype, so no element may have the name of one of its members. */
const marker = '.';

function parse(text: string): object {
  let seen: { error: Error | null; result: unknown } | undefined;
  new Parser({ explicitArray: false, ignoreAttrs: true, tagNameProcessors: [(name) => marker + name] }).parseString(
    text,
    (error, result) => {
      seen ??= { error, result };
    },
  );
  if (!seen || seen.error || typeof seen.result !== 'object' || seen.result === null) throw new Error('not well-formed');
  return seen.result;
}
