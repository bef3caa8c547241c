import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Metrics } from './metrics.js';

@Injectable()
export class RuntimeJobs {
  constructor(private readonly metrics: Metrics) {}

  @Interval('metrics', 5_000)
  look(): Promise<void> {
    return this.metrics.look();
  }
}
