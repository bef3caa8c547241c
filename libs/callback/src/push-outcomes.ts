import { Injectable } from '@nestjs/common';
import { Metrics } from '#runtime';
import { Counter } from 'prom-client';

@Injectable()
export class PushOutcomes {
  private readonly counter: Counter<'appid' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.counter = new Counter({
      name: 'wx_callbacks_total',
      help: 'Pushes by app and outcome: fresh, repeat, forged, stale (a wrong clock loses everything), malformed, reused, not_stored',
      labelNames: ['appid', 'outcome'],
      registers: [metrics.registry],
    });
  }

  count(appid: string, outcome: string): void {
    this.counter.inc({ appid, outcome });
  }
}
