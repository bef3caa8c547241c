import { setTimeout as pause } from 'node:timers/promises';

/** What comes of the work, or nothing when the time is over; the work itself goes on. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const over = pause(Math.max(0, milliseconds), undefined, { signal: timer.signal });
  try {
    return await Promise.race([work, over]);
  } finally {
    timer.abort();
  }
}
