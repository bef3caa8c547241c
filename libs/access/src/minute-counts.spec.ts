import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MinuteCounts } from './minute-counts.js';

afterEach(() => void jest.restoreAllMocks());

/** The process's stopwatch, in the hand of the test. */
function stopwatch(): (milliseconds: number) => void {
  let now = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (milliseconds) => (now += milliseconds);
}

describe('Counts by the minute', () => {
  it('begin with the first time, and anew when its minute is over', () => {
    const passes = stopwatch();
    const counts = new MinuteCounts();

    expect(counts.add('a')).toEqual({ count: 1, secondsLeft: 60 });
    passes(40_500);
    expect(counts.add('a')).toEqual({ count: 2, secondsLeft: 20 });
    expect(counts.add('b')).toEqual({ count: 1, secondsLeft: 60 });
    passes(19_500);
    expect(counts.add('a')).toEqual({ count: 1, secondsLeft: 60 });
    expect(counts.add('b')).toEqual({ count: 2, secondsLeft: 41 });
  });

  it('hold no more subjects than they may: the rest are counted together, and nobody is forgotten for them', () => {
    const passes = stopwatch();
    const counts = new MinuteCounts(3);
    for (const subject of ['a', 'b', 'c']) counts.add(subject);

    expect([1, 2, 3, 4].map((number) => counts.add(`stranger ${number}`).count)).toEqual([1, 2, 3, 4]);
    expect(counts.add('a').count).toBe(2);
    passes(60_000);
    expect(counts.add('stranger 1').count).toBe(1);
    expect(counts.add('stranger 2').count).toBe(1);
  });
});
