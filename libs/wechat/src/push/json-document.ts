import { type Parsed, depthMax, elementsMax, isFields, storable } from './push-fields.js';

/** Mini programs may have their pushes as JSON. */
export function readJson(text: string): Parsed {
  const prepared = prepare(text);
  if (prepared === undefined) return { kind: 'strange' };
  try {
    const fields = storable(JSON.parse(prepared));
    return isFields(fields) ? { kind: 'fields', fields } : { kind: 'malformed', why: 'JSON that is no object' };
  } catch {
    return { kind: 'malformed', why: 'JSON that is not well-formed' };
  }
}

const exactDigits = 15;

/**
 * One pass outside of strings: counts depth and members before a parser builds anything, and puts quotes around whole
 * numbers that JavaScript would round. Nothing when it is too deep or too wide.
 */
function prepare(text: string): string | undefined {
  const parts: string[] = [];
  let depth = 0;
  let members = 0;
  let copied = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs)) {
    const [word] = token;
    if (word === '{' || word === '[') depth++;
    else if (word === '}' || word === ']') depth--;
    if ('{[,'.includes(word)) members++;
    if (depth > depthMax || members > elementsMax) return undefined;
    if (/^-?\d+$/.test(word) && word.length > exactDigits) {
      parts.push(text.slice(copied, token.index), `"${word}"`);
      copied = token.index + word.length;
    }
  }
  return parts.join('') + text.slice(copied);
}
