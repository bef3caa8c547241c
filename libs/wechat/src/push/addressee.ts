import { xmlTags } from './xml-scan.js';

const originalId = /^gh_[0-9A-Za-z]{4,32}$/;

/** The addressee that a push names, before anything is proven. Use it only to find the secrets that must prove the push. */
export function addresseeOf(body: Buffer): string | undefined {
  const text = body.toString('utf8');
  const found = /^[\s\ufeff]*\{/.test(text) ? /"ToUserName"\s{0,20}:\s{0,20}"([^"\\]{1,64})"/.exec(text)?.[1] : inXml(text);
  return found !== undefined && originalId.test(found) ? found : undefined;
}

function inXml(text: string): string | undefined {
  try {
    for (const { name, kind, depth, edge } of xmlTags(text))
      if (kind === 'open' && depth === 1 && name === 'ToUserName')
        return /^\s{0,20}(?:<!\[CDATA\[)?([^<\]]{1,64})/.exec(text.slice(edge, edge + 100))?.[1]?.trim();
  } catch {
    // The reader reports the fault.
  }
  return undefined;
}
