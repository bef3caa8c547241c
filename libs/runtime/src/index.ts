// What the surroundings give a process: time, chance, its stage of life, and metrics.
export { Clock } from './clock.js';
export { HeldBytes } from './held-bytes.js';
export { Lifecycle } from './lifecycle.js';
export { Metrics } from './metrics.js';
export { Randomness } from './randomness.js';
export { requestUnderWay } from './request-under-way.js';
export { RuntimeModule } from './runtime.module.js';
export { Sums } from './sums.js';
export { within } from './within.js';
