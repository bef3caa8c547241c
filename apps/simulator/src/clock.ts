/** The simulator's own time. Everything that expires asks it, so a test can let two hours pass in one call. */
export class VirtualClock {
  private offset = 0;
  private stoppedAt: number | undefined;

  /** Milliseconds since 1970. */
  now(): number {
    return this.stoppedAt ?? Date.now() + this.offset;
  }

  /** WeChat counts in whole seconds. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  advance(seconds: number): void {
    this.setTo(this.now() + seconds * 1000);
  }

  setTo(moment: number): void {
    this.offset = moment - Date.now();
    if (this.stoppedAt !== undefined) this.stoppedAt = moment;
  }

  /** A stopped clock moves only when told, so that a test can rely on the exact second. */
  stop(): void {
    this.stoppedAt = this.now();
  }

  run(): void {
    if (this.stoppedAt === undefined) return;
    this.offset = this.stoppedAt - Date.now();
    this.stoppedAt = undefined;
  }

  get stopped(): boolean {
    return this.stoppedAt !== undefined;
  }

  /** WeChat's quotas start anew at midnight in China. */
  chinaDay(): number {
    return Math.floor((this.seconds() + 8 * 3600) / 86_400);
  }

  minute(): number {
    return Math.floor(this.seconds() / 60);
  }
}
