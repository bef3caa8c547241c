import { Injectable } from '@nestjs/common';
import { Gauge, type GaugeConfiguration, Registry, collectDefaultMetrics } from 'prom-client';

/** CPU, memory, garbage collection and event-loop lag belong to the process, so they are collected once for it. */
let ofTheProcess: Registry | undefined;

/** What this gateway measures. A room registers its own counters here: `registers: [metrics.registry]`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly looks: (() => Promise<void>)[] = [];
  private looking: Promise<unknown> | undefined;

  constructor() {
    if (ofTheProcess) return;
    ofTheProcess = new Registry();
    collectDefaultMetrics({ register: ofTheProcess });
  }

  /**
   * A value from the database, read in the background. A scrape shows the last one: it must not wait for a database that hangs,
   * nor fail with it.
   */
  seenInBackground<L extends string>(
    gauge: Omit<GaugeConfiguration<L>, 'registers' | 'collect'>,
    read: () => Promise<{ labels: Record<L, string>; value: number }[]>,
  ): void {
    const shown = new Gauge<L>({ ...gauge, registers: [this.registry] });
    this.looks.push(async () => {
      const seen = await read();
      shown.reset();
      for (const { labels, value } of seen) shown.set(labels, value);
    });
  }

  /** The next read does not begin before the last one has ended. */
  async look(): Promise<void> {
    this.looking ??= Promise.allSettled(this.looks.map((look) => look())).finally(() => (this.looking = undefined));
    await this.looking;
  }

  async expose(): Promise<{ contentType: string; body: string }> {
    const all = Registry.merge([this.registry, ...(ofTheProcess ? [ofTheProcess] : [])]);
    return { contentType: all.contentType, body: await all.metrics() };
  }
}
