/** Deeper than any body of ours, and far from where recursion in a library would overflow the stack. */
const levelsMax = 50;

/** Level by level instead of by recursion, which is what a deep body is made to break. */
export function isTooDeep(body: unknown): boolean {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levelsMax) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : []));
  }
  return false;
}
