import { describe, expect, it } from '@jest/globals';
import { secondsToChinaMidnight } from './china-midnight.js';

describe('Midnight in China', () => {
  it.each([
    ['2026-01-31T15:59:59.000Z', 1],
    ['2026-01-31T15:59:59.500Z', 1],
    ['2026-01-31T16:00:00.000Z', 86_400],
    ['2026-01-31T04:00:00.000Z', 43_200],
    ['2026-07-31T23:59:59.000Z', 57_601],
  ])('is counted from %s: %d s', (moment, seconds) => {
    expect(secondsToChinaMidnight(new Date(moment))).toBe(seconds);
  });
});
