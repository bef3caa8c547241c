const slotMilliseconds = 500;

/**
 * How long each of those that wait takes, by the last second in which somebody waited: hours without work say nothing of
 * it. One that took minutes counts no more than a second, so whoever comes after it is soon judged by those that are quick.
 */
export class Pace {
  private former = { busy: 0, count: 0 };
  private current = { busy: 0, count: 0 };

  /** So many were done in a time in which somebody waited. */
  took(milliseconds: number, count: number): void {
    if (this.current.busy >= slotMilliseconds) {
      this.former = this.current;
      this.current = { busy: 0, count: 0 };
    }
    this.current.busy += Math.min(milliseconds, 2 * slotMilliseconds);
    this.current.count += count;
  }

  /** For each; nothing as long as nothing is known. */
  get milliseconds(): number {
    return (this.former.busy + this.current.busy) / Math.max(this.former.count + this.current.count, 1);
  }
}
