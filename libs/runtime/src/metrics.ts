import { Injectable } from '@nestjs/common';
import { Registry, collectDefaultMetrics } from 'prom-client';

/** CPU, memory, garbage collection and event-loop lag belong to the process, so they are collected once in it. */
let ofTheProcess: Registry | undefined;

/** What this gateway measures of itself. A room registers its own counters here: `registers: [metrics.registry]`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    if (ofTheProcess) return;
    ofTheProcess = new Registry();
    collectDefaultMetrics({ register: ofTheProcess });
  }

  async expose(): Promise<{ contentType: string; body: string }> {
    const all = Registry.merge([this.registry, ...(ofTheProcess ? [ofTheProcess] : [])]);
    return { contentType: all.contentType, body: await all.metrics() };
  }
}
