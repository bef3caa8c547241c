import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { HeldBytes } from './held-bytes.js';
import { Lifecycle } from './lifecycle.js';
import { Metrics } from './metrics.js';
import { Randomness, SystemRandomness } from './randomness.js';
import { RuntimeJobs } from './runtime.jobs.js';

@Global()
@Module({
  providers: [
    RuntimeJobs,
    { provide: Clock, useClass: SystemClock },
    { provide: Randomness, useClass: SystemRandomness },
    Lifecycle,
    Metrics,
    HeldBytes,
  ],
  exports: [Clock, Randomness, Lifecycle, Metrics, HeldBytes],
})
export class RuntimeModule {}
