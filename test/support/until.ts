/** Waits for a condition, looking often; fails with the last thing it saw. */
export async function until<T>(
  look: () => Promise<T> | T,
  isThere: (seen: T) => boolean,
  withinMilliseconds = 10_000,
): Promise<T> {
  const end = Date.now() + withinMilliseconds;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > end) throw new Error(`Not within ${withinMilliseconds} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
