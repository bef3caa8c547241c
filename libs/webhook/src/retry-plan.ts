/** Pauses before the eleven attempts, in seconds. They cover more than 75 hours, which is longer than a weekend. */
export const pausesSeconds = [0, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

const jitter = 0.2;

/**
 * The pause after so many failures; undefined after the last attempt. It is random, so that what failed together is not
 * repeated together. A time that the receiver names is used within limits.
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

/** Seconds or a date, as in RFC 9110. */
function secondsOf(retryAfter: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : (date - now.getTime()) / 1_000;
}
