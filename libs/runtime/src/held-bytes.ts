import { getHeapStatistics } from 'node:v8';
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from './metrics.js';

/** A share of the heap: what is held for a caller exists several times, as bytes, as text and as an object. */
const share = 1 / 16;

/** What this process holds for callers now: bodies that arrive, and answers that nobody has read yet. */
@Injectable()
export class HeldBytes {
  readonly max = Math.floor(getHeapStatistics().heap_size_limit * share);
  private bytes = 0;

  constructor(metrics: Metrics) {
    const held: Gauge = new Gauge({
      name: 'wx_held_bytes',
      help: 'Bytes of requests and answers that are held for callers',
      registers: [metrics.registry],
      collect: () => held.set(this.bytes),
    });
  }

  /** False while there is room for more. */
  isOver(most: number): boolean {
    return this.bytes > most;
  }

  hold(bytes: number): void {
    this.bytes += bytes;
  }

  letGo(bytes: number): void {
    this.bytes -= bytes;
  }
}
