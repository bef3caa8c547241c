import { Logger } from '@nestjs/common';
import type { Lifecycle } from './lifecycle.js';

/** Counts gathered in memory, under what they are about, and written now and then, so that nobody waits for it. */
export class Sums<About extends object, Count extends Readonly<Record<string, number>>> {
  private readonly log: Logger;
  private sums = new Map<string, { readonly about: About; counts: Count }>();

  constructor(
    owner: string,
    private readonly what: string,
    private readonly lifecycle: Lifecycle,
  ) {
    this.log = new Logger(owner);
  }

  add(about: About, counts: Count): void {
    const key = JSON.stringify(about);
    const known = this.sums.get(key);
    if (known) known.counts = together(known.counts, counts);
    else this.sums.set(key, { about, counts });
  }

  /** What could not be written is kept for the next time. */
  async write(save: (rows: (About & Count)[]) => Promise<unknown>): Promise<void> {
    if (this.sums.size === 0 || this.lifecycle.stage === 'starting') return;
    const batch = [...this.sums.values()];
    this.sums = new Map();
    try {
      await save(batch.map(({ about, counts }) => ({ ...about, ...counts })));
    } catch (error) {
      for (const { about, counts } of batch) this.add(about, counts);
      this.log.warn(`${this.what} were not written, and will be: ${(error as Error).message}`);
    }
  }
}

const together = <Count extends Readonly<Record<string, number>>>(one: Count, other: Count): Count =>
  Object.fromEntries(Object.entries(one).map(([name, count]) => [name, count + (other[name] ?? 0)])) as Count;
