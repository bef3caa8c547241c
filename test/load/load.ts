import { setTimeout as pause } from 'node:timers/promises';
import { afterThisTest } from '../support/cleanup.js';

/** One kind of caller. */
export interface Caller {
  readonly name: string;
  /** What it does, over and over. Throws when it is not answered as it may expect. */
  turn(): Promise<void>;
  /** What must be true in the end. */
  prove(): Promise<void>;
  /** The database went back in time, and has lost what was answered after that moment. Asked between two turns. */
  lose?(since: number): Promise<void>;
}

/** Many callers at work until they are told to end. */
export class Load {
  /** What a caller was answered that it may not be. */
  readonly faults: string[] = [];
  readonly turns = new Map<string, number>();
  private isOver = false;
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly callers: readonly Caller[],
    private readonly pauseMilliseconds: number,
  ) {}

  get names(): string[] {
    return [...new Set(this.callers.map(({ name }) => name))];
  }

  /** Also again, after an end. */
  begin(): void {
    afterThisTest(() => this.end());
    this.isOver = false;
    this.work = Promise.all(this.callers.map((caller) => this.go(caller)));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  async lose(since: number): Promise<void> {
    for (const caller of new Set(this.callers)) await caller.lose?.(since).catch((error: Error) => this.note(caller, error));
  }

  async prove(): Promise<void> {
    for (const caller of this.callers) await caller.prove().catch((error: Error) => this.note(caller, error));
  }

  private async go(caller: Caller): Promise<void> {
    while (!this.isOver) {
      await caller.turn().catch((error: Error) => this.note(caller, error));
      this.turns.set(caller.name, (this.turns.get(caller.name) ?? 0) + 1);
      await pause(this.pauseMilliseconds);
    }
  }

  private note(caller: Caller, { message }: Error): void {
    this.faults.push(`${caller.name}: ${message}`);
  }
}
