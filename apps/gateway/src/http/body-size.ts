export const bodyBytesMax = 262_144;
/** Deeper than any body of ours, but far from a depth at which recursion in a library would overflow the stack. */
const levelsMax = 50;
/** The validation reads each value, some for twenty microseconds. 30,000 of them kept everybody else waiting for a second. */
const valuesMax = 3_000;

/** Level by level, because a deep body is made to break recursion. */
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
