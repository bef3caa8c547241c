export interface ScannedJson {
  /** The same document, with whole numbers that JavaScript would round in quotes. */
  readonly text: string;
  /** The depth of its objects and lists, and the number of members, known before anything is built. */
  readonly depth: number;
  readonly members: number;
}

/** JavaScript holds every whole number with this many digits exactly. */
const exactDigits = 15;

/**
 * Scans WeChat's JSON before it is parsed, because ids of messages exceed JavaScript's exact numbers. One pass over the
 * characters never goes back, so its time grows only with the length, whatever was sent. (A regular expression for strings
 * starts again at each quotation mark of a string without end: 240 KiB took 18 seconds.)
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

/** Matches only whole numbers: no leading zero, fraction or exponent. */
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

/** The end of a number with fraction and exponent. The parser refuses what is no number. */
function afterNumber(text: string, from: number): number {
  let at = from;
  while (at < text.length && (isDigit(text.charAt(at)) || '.eE+-'.includes(text.charAt(at)))) at++;
  return at;
}
