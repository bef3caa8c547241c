/** Pauses before the eleven attempts, in seconds: over 75 hours, so that a weekend is survived. */
export const pausesSeconds = [0, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

const jitter = 0.2;

/**
 * How long to wait after so many failures; nothing when that was the last attempt. Spread, so that what failed together
 * does not come again together. A receiver that names a time is given it, within what the plan may bear.
 */
export function pauseAfter(
  failures: number,
  { retryAfter, chance, now }: { retryAfter: string | undefined; chance: number; now: Date },
): number | undefined {
  const base = pausesSeconds[failures];
  if (base === undefined) return undefined;
  const wished = retryAfter === undefined ? undefined : secondsOf(retryAfter, now);
  if (wished !== undefined) return Math.min(Math.max(wished, base), 2 * base);
  return base * (1 - jitter + 2 * jitter * chance);
}

/** Seconds or a date, as RFC 9110 has it. */
function secondsOf(retryAfter: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : (date - now.getTime()) / 1_000;
}
