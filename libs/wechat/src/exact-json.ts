export interface ScannedJson {
  /** The same document, with whole numbers that JavaScript would round in quotes. */
  readonly text: string;
  /** How deep its objects and lists are nested, and how many members they have: known before anything is built. */
  readonly depth: number;
  readonly members: number;
}

/** JavaScript holds every whole number of so many digits. */
const exactDigits = 15;

/**
 * WeChat's JSON before it is parsed: ids of messages are larger than a number of JavaScript holds. One pass over the
 * characters that never goes back, so its time grows with the length alone, whatever was sent. (A regular expression
 * for strings begins anew at each quotation mark of a string that never ends: 240 KiB took it 18 seconds.)
 */
export function scanJson(text: string): ScannedJson {
  const parts: string[] = [];
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const begin = at;
    const sign = text.charAt(at++);
    if (sign === '"') at = afterString(text, at);
    else if (sign === '-' || isDigit(sign)) {
      at = afterNumber(text, at);
      if (at - begin > exactDigits && long.test(text.slice(begin, at))) {
        parts.push(text.slice(copied, begin), '"', text.slice(begin, at), '"');
        copied = at;
      }
    } else if (sign === ',') members++;
    else if (sign === '{' || sign === '[') {
      members++;
      if (++depth > deepest) deepest = depth;
    } else if (sign === '}' || sign === ']') depth--;
  }
  return { text: copied === 0 ? text : parts.join('') + text.slice(copied), depth: deepest, members };
}

/** What begins with a zero, or has a fraction or an exponent, is none. */
const long = new RegExp(`^-?[1-9]\\d{${exactDigits},}$`);

const isDigit = (sign: string): boolean => sign >= '0' && sign <= '9';

function afterString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '"') return at + 1;
    if (sign === '\\') at++;
  }
  return text.length;
}

/** With fraction and exponent. What is no number at all is the parser's to refuse. */
function afterNumber(text: string, from: number): number {
  let at = from;
  while (at < text.length && (isDigit(text.charAt(at)) || '.eE+-'.includes(text.charAt(at)))) at++;
  return at;
}
