import { xmlTags } from './xml-scan.js';

const copiesMax = 4;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The ciphertexts in a body, found without parsing what is not proven yet. Text of a person does not count. */
export function encryptedCopies(body: string, format: 'xml' | 'json'): string[] {
  try {
    return [...(format === 'xml' ? inXml(body) : inJson(body))].filter((one) => base64.test(one)).slice(0, copiesMax);
  } catch {
    return [];
  }
}

function* inXml(body: string): Generator<string> {
  let begin: number | undefined;
  for (const { name, kind, depth, edge } of xmlTags(body)) {
    if (depth !== 1 || name !== 'Encrypt') continue;
    if (kind === 'open') begin = edge;
    else if (kind === 'close' && begin !== undefined) {
      const text = body.slice(begin, edge).trim();
      yield text.startsWith('<![CDATA[') && text.endsWith(']]>') ? text.slice(9, -3).trim() : text;
      begin = undefined;
    }
  }
}

function* inJson(body: string): Generator<string> {
  const key = '"Encrypt"';
  for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at + key.length)) {
    // After a backslash it is a quotation mark inside a text.
    if (body[at - 1] === '\\') continue;
    const begin = body.indexOf('"', at + key.length);
    const end = body.indexOf('"', begin + 1);
    if (begin >= 0 && end >= 0 && /^\s*:\s*$/.test(body.slice(at + key.length, Math.min(begin, at + key.length + 20))))
      yield body.slice(begin + 1, end).replaceAll('\\/', '/');
  }
}
