export interface MinuteCount {
  readonly count: number;
  readonly secondsLeft: number;
}

const minute = 60_000;
/** The common count for all subjects that no longer fit. No subject has this name. */
const others = '';

/**
 * Counts how often something happened, for each subject, in the minute that starts with its first time. It measures with the
 * process's steady clock, because a clock that is set back would make a minute longer. It holds at most `subjectsMax` subjects
 * and one: callers from ever new addresses fill no memory and push out nobody's count.
 */
export class MinuteCounts {
  /** All minutes have the same length, so the first to end is the first in the map. */
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
