/** Longer than the ten seconds until the next periodic write. */
const recentMilliseconds = 12_000;

/**
 * Remembers that the server refused a write because it is read-only or its disk is full. Such a server still answers reads and
 * takes small writes, so neither a query nor the pulse would show it.
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
