import { describe, it } from '@jest/globals';
import { journeysOverSteps } from './support/clock-journeys.js';

describe('A replica whose clock is set a year forward, and back', () => {
  it('refuses pushes and says why, and does everything else as the others do', () => journeysOverSteps(1));
});
