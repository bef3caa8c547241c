export const bodyBytesMax = 262_144;
/** Deeper than any body of ours, and far from where recursion in a library would overflow the stack. */
const levelsMax = 50;
/** Each is looked at by the validation, some of them for twenty microseconds: with 30,000 of them nobody else was served for a second. */
const valuesMax = 3_000;

/** Level by level instead of by recursion, which is what a deep body is made to break. */
export function isTooMuch(body: unknown): boolean {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (depth > levelsMax || values > valuesMax) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : []));
  }
  return false;
}
