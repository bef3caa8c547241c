import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

type Took = readonly [milliseconds: number, count: number];

describe('A pace', () => {
  const steady = (milliseconds: number, count: number, times: number): Took[] =>
    Array.from({ length: times }, () => [milliseconds, count]);

  it.each<[string, Took[], number]>([
    ['is nothing before anything is known', [], 0],
    ['is that of the only one', [[5, 1]], 5],
    ['is that of each, where many were done together', [[10, 100]], 0.1],
    ['stays what it is', steady(2, 1, 5_000), 2],
    ['follows a change within a second', [...steady(1, 1, 5_000), ...steady(100, 1, 11)], 100],
    ['is at most a second for one that took for ever', [[600_000, 1]], 1_000],
    ['is soon that of the quick ones after it', [[600_000, 1], ...steady(5, 1, 39)], 29.875],
    ['grows while nothing is done', [...steady(1, 1, 500), [700, 0]], 2.4],
  ])('%s', (_, took, expected) => {
    const pace = new Pace();
    for (const [milliseconds, count] of took) pace.took(milliseconds, count);

    expect(pace.milliseconds).toBeCloseTo(expected, 9);
  });
});
