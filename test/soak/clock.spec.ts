// Proves: a replica whose clock is set again and again refuses pushes, and does everything else rightly. At most 15 minutes.
import { describe, it } from '@jest/globals';
import { journeysOverSteps } from '../support/clock-journeys.js';
import { sized } from './size.js';

describe('A replica whose clock is set again and again', () => {
  it(
    'refuses pushes and says why, and does everything else as the others do',
    () => journeysOverSteps(sized({ quick: 1, full: 25 })),
    sized({ quick: 120_000, full: 900_000 }),
  );
});
