import { describe, expect, it } from '@jest/globals';
import { pauseAfter, pausesSeconds } from './retry-plan.js';

const now = new Date('2026-01-31T12:00:00Z');
const pause = (failures: number, chance = 0.5, retryAfter?: string) => pauseAfter(failures, { retryAfter, chance, now });

describe('The plan of attempts', () => {
  it('has eleven over 75.6 hours', () => {
    expect(pausesSeconds).toHaveLength(11);
    expect(pausesSeconds.reduce<number>((sum, one) => sum + one, 0) / 3_600).toBeCloseTo(75.6, 1);
    expect(pause(11)).toBeUndefined();
  });

  it('spreads each pause by a fifth either way', () => {
    expect([pause(2, 0), pause(2, 0.5), pause(2, 1)].map((one) => one?.toFixed(3))).toEqual(['24.000', '30.000', '36.000']);
  });

  it.each([
    ['40', 40],
    ['1', 30],
    ['0', 30],
    ['86400', 60],
    ['Sat, 31 Jan 2026 12:00:45 GMT', 45],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 30],
    ['Sun, 01 Feb 2026 12:00:00 GMT', 60],
  ])('gives a receiver that says Retry-After: %s a pause of %d s instead of 30', (retryAfter, seconds) => {
    expect(pause(2, 0.9, retryAfter)).toBe(seconds);
  });

  it.each(['soon', '-5', '', '1e9', '99999999999'])('does not understand Retry-After: %s', (retryAfter) => {
    expect(pause(2, 0.5, retryAfter)).toBe(30);
  });
});
