import { scanJson } from '../exact-json.js';
import { type Parsed, depthMax, elementsMax, isFields, storable } from './push-fields.js';

/** Mini programs may get their pushes as JSON. */
export function readJson(document: string): Parsed {
  const { text, depth, members } = scanJson(document);
  if (depth > depthMax || members > elementsMax) return { kind: 'strange' };
  try {
    const fields = storable(JSON.parse(text));
    return isFields(fields)
      ? { kind: 'fields', fields }
      : { kind: 'malformed', why: { en: 'JSON that is no object', zh: 'JSON 不是对象' } };
  } catch {
    return { kind: 'malformed', why: { en: 'JSON that is not well-formed', zh: 'JSON 格式不正确' } };
  }
}
