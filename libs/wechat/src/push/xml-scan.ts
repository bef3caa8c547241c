import type { Sentence } from '#errors';

/** An element's start or end, outside of CDATA and comments. */
export interface XmlTag {
  readonly name: string;
  readonly kind: 'open' | 'close' | 'empty';
  /** How many elements contain it. The root has 0. */
  readonly depth: number;
  /** The position after an opening tag, or of the first character of a closing one. */
  readonly edge: number;
}

export class XmlForbidden extends Error {
  constructor(readonly sentence: Sentence) {
    super(sentence.en);
  }
}

/**
 * Walks over the tags of a document without building anything, in time linear to its length: the parser may read the document
 * only after this. Refuses what WeChat never sends and parsers suffer from: document types, entities, instructions.
 */
export function* xmlTags(text: string): Generator<XmlTag> {
  let depth = 0;
  let at = text.indexOf('<');
  while (at >= 0) {
    if (text.startsWith('<![CDATA[', at)) at = after(text, ']]>', at + 9);
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (text.startsWith('<!', at)) throw new XmlForbidden({ en: 'a document type or entity', zh: '含有文档类型或实体' });
    else if (text.startsWith('<?', at)) at = afterDeclaration(text, at);
    else {
      const end = after(text, '>', at + 1);
      const closes = text[at + 1] === '/';
      const isEmpty = !closes && text[end - 2] === '/';
      const name = text.slice(at + (closes ? 2 : 1), end - (isEmpty ? 2 : 1)).trim();
      if (closes) depth--;
      yield { name, kind: closes ? 'close' : isEmpty ? 'empty' : 'open', depth, edge: closes ? at : end };
      if (!closes && !isEmpty) depth++;
      at = end;
    }
    at = text.indexOf('<', at);
  }
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  if (found < 0) throw new XmlForbidden({ en: 'a part that never ends', zh: '有没有结束的部分' });
  return found + mark.length;
}

function afterDeclaration(text: string, at: number): number {
  if (!/^<\?xml\s/.test(text.slice(at, at + 6)) || text.slice(0, at).trim().replace('\ufeff', '') !== '')
    throw new XmlForbidden({ en: 'an instruction', zh: '含有处理指令' });
  return after(text, '?>', at);
}
