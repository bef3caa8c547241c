/** Longer than it takes until the next write of those that come by the clock, which is ten seconds. */
const recentMilliseconds = 12_000;

/**
 * That the server refused a write because it is read-only or its disk is full. It goes on to answer whoever reads, and writes
 * what fits into the space that it has, so neither a question nor the pulse would show it.
 */
export class WriteRefusals {
  private lastAt = Number.NEGATIVE_INFINITY;

  note(): void {
    this.lastAt = performance.now();
  }

  get areRecent(): boolean {
    return performance.now() - this.lastAt < recentMilliseconds;
  }
}
