/** What is told to people, in each language we speak: a missing one does not compile. */
export interface Sentence {
  readonly en: string;
  readonly zh: string;
}

export type Language = keyof Sentence;

/** What `inLanguage` makes of a type: a text wherever a sentence stands. */
export type InLanguage<T> = T extends Sentence
  ? string
  : T extends Date
    ? T
    : T extends readonly (infer Item)[]
      ? InLanguage<Item>[]
      : T extends object
        ? { [Name in keyof T]: InLanguage<T[Name]> }
        : T;

/** The same value, with one language for each sentence in it, however deep. */
export function inLanguage<T>(value: T, language: Language): InLanguage<T> {
  return told(value, language) as InLanguage<T>;
}

function told(value: unknown, language: Language): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => told(item, language));
  if (isSentence(value)) return value[language];
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, told(member, language)]));
}

const isSentence = (value: object): value is Sentence =>
  Object.keys(value).length === 2 &&
  typeof (value as Partial<Sentence>).en === 'string' &&
  typeof (value as Partial<Sentence>).zh === 'string';

/** One sentence after another: `what: why`. */
export const because = (what: Sentence, why: Sentence | string): Sentence => ({
  en: `${what.en}: ${typeof why === 'string' ? why : why.en}`,
  zh: `${what.zh}：${typeof why === 'string' ? why : why.zh}`,
});
