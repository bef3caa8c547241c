export interface MinuteCount {
  readonly count: number;
  /** Until its minute is over and it begins anew. */
  readonly secondsLeft: number;
}

const minute = 60_000;
/** Where those are counted together for whom there is no more room. No subject is named like this. */
const others = '';

/**
 * How often something happened, for each subject within the minute that began with its first time. By the stopwatch of
 * the process: a clock that is set back would make a minute last for as long. It never holds more than `subjectsMax`
 * and one: whoever comes from ever new addresses fills no memory, and pushes out nobody's count.
 */
export class MinuteCounts {
  /** All minutes are equally long, so the first to end is the first in here. */
  private readonly counts = new Map<string, { count: number; readonly endsAt: number }>();

  constructor(private readonly subjectsMax = Number.POSITIVE_INFINITY) {}

  add(subject: string): MinuteCount {
    const now = performance.now();
    this.forgetEnded(now);
    const name = this.counts.has(subject) || this.counts.size < this.subjectsMax ? subject : others;
    const one = this.counts.get(name) ?? { count: 0, endsAt: now + minute };
    one.count++;
    this.counts.set(name, one);
    return { count: one.count, secondsLeft: Math.max(1, Math.ceil((one.endsAt - now) / 1_000)) };
  }

  private forgetEnded(now: number): void {
    for (const [name, { endsAt }] of this.counts) {
      if (endsAt > now) return;
      this.counts.delete(name);
    }
  }
}
