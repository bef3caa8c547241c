// What a process is given by its surroundings: time, chance, its stage of life, and the place where it counts.
export { Clock } from './clock.js';
export { Lifecycle, type Stage } from './lifecycle.js';
export { Metrics } from './metrics.js';
export { Randomness } from './randomness.js';
export { type RequestUnderWay, requestUnderWay } from './request-under-way.js';
export { RuntimeModule } from './runtime.module.js';
