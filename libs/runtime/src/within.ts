import { setTimeout as pause } from 'node:timers/promises';

/** The result of the work, or undefined when the time is over or at `stop`. The work itself goes on. */
export async function within<T>(milliseconds: number, work: Promise<T>, stop?: AbortSignal): Promise<T | undefined> {
  const timer = new AbortController();
  const signal = stop ? AbortSignal.any([timer.signal, stop]) : timer.signal;
  const over = pause(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
  try {
    return await Promise.race([work, over]);
  } finally {
    timer.abort();
  }
}
