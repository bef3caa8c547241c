import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { Lifecycle } from './lifecycle.js';
import { Metrics } from './metrics.js';
import { Randomness, SystemRandomness } from './randomness.js';

@Global()
@Module({
  providers: [{ provide: Clock, useClass: SystemClock }, { provide: Randomness, useClass: SystemRandomness }, Lifecycle, Metrics],
  exports: [Clock, Randomness, Lifecycle, Metrics],
})
export class RuntimeModule {}
