/**
 * What would be too large to look at is written short in a plan and a report, and in full on the wire:
 * `«20000 arrays»` inside each other, `«300000 letters»` in a row.
 */
const pattern = /"?«(\d+) (arrays|objects|letters)»"?/g;

/** In a JSON text the quotes belong to the shorthand where it stands for something that is no text. */
export const written = (text: string): string =>
  text.replace(pattern, (whole: string, digits: string, what: string) => {
    const count = Number(digits);
    if (what === 'letters') return whole.replace(/«.*»/, 'x'.repeat(count));
    return what === 'arrays' ? '['.repeat(count) + ']'.repeat(count) : '{"a":'.repeat(count) + '0' + '}'.repeat(count);
  });

export const huge = ['«600 letters»', '«5000 letters»', '«270000 letters»'] as const;
export const deep = ['«40 arrays»', '«40 objects»', '«3000 arrays»', '«20000 objects»', '«100000 arrays»'] as const;
