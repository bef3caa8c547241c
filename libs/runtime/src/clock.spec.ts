import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './clock.js';

const year = 365 * 86_400_000;

describe('The clock of a process', () => {
  let elapsed = 1_000;
  const heard = (clock: SystemClock, at: number, took = 0): void => {
    const asked = clock.steady();
    elapsed += took;
    clock.follow(at, asked);
  };
  const clockWithout = (): SystemClock => {
    jest.spyOn(performance, 'now').mockImplementation(() => elapsed);
    return new SystemClock();
  };

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('shows the time of the database, and goes on with it while the machine’s own is set', () => {
    const clock = clockWithout();
    const begun = Date.UTC(2030, 0, 1);
    jest.useFakeTimers({ now: begun + year, doNotFake: ['performance'] });

    heard(clock, begun);
    elapsed += 5_000;
    jest.setSystemTime(begun - year);

    expect(clock.now()).toEqual(new Date(begun + 5_000));
    expect(clock.ownTime()).toEqual(new Date(begun - year));
  });

  it('is not moved by an answer that was slow, and is by one that proves it wrong', () => {
    const clock = clockWithout();
    const begun = Date.UTC(2030, 0, 1);
    heard(clock, begun, 2);

    // Said at once, and four seconds under way.
    heard(clock, begun + 1, 4_000);
    const afterSlow = clock.now().getTime();
    heard(clock, begun + 60_000);

    expect(afterSlow).toBe(begun + 4_001);
    expect(clock.now().getTime()).toBe(begun + 60_000);
  });

  it('is the machine’s until the database was heard', () => {
    const clock = new SystemClock();

    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1_000);
  });
});
