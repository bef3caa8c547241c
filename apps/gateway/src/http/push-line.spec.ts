import { describe, expect, it } from '@jest/globals';
import { PushLine } from './push-line.js';

const patience = 4_000;

/** So many come at a moment; answers which of them are served at once. */
function come(line: PushLine<number>, count: number, at: number, first = 0): number[] {
  const numbers = Array.from({ length: count }, (_, number) => first + number);
  return numbers.filter((number) => line.joins(number, at));
}

describe('The line of pushes', () => {
  it('serves a few in each turn at once, and the rest in the turns after it, in order', () => {
    const line = new PushLine<number>(patience);

    expect(come(line, 20, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(line.endTurn(1).due).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(come(line, 1, 1, 20)).toEqual([]);
    expect(line.endTurn(2).due).toEqual([16, 17, 18, 19, 20]);
    expect(line.length).toBe(0);
    expect(come(line, 1, 3, 21)).toEqual([21]);
  });

  /** How many are served in each of so many turns, a millisecond apart, that took in a connection. */
  const servedWhileAccepting = (line: PushLine<number>, turns: number, from: number): number[] =>
    Array.from({ length: turns }, (_, turn) => {
      line.accepts();
      return line.endTurn(from + turn).due.length;
    });

  it('serves one in three turns that took in new connections, so that those are seen first', () => {
    const line = new PushLine<number>(patience);
    come(line, 100, 0);
    line.endTurn(0);

    expect(servedWhileAccepting(line, 6, 1)).toEqual([0, 0, 1, 0, 0, 1]);
    expect(line.endTurn(7).due).toHaveLength(8);
  });

  it('serves at once none that comes in a turn that took in a connection, and the next one in the next turn', () => {
    const line = new PushLine<number>(patience);
    line.accepts();

    expect(come(line, 1, 0)).toEqual([]);
    expect(line.endTurn(1).due).toEqual([]);
    expect(line.endTurn(2).due).toEqual([0]);
  });

  it('serves fewer the longer every turn takes in connections, and as before once one did not', () => {
    const line = new PushLine<number>(patience);
    come(line, 1_000, 0);
    line.endTurn(0);
    const sum = (counts: number[]): number => counts.reduce((all, one) => all + one, 0);

    const first = sum(servedWhileAccepting(line, 99, 1));
    const third = sum(servedWhileAccepting(line, 900, 100).slice(-300));
    line.endTurn(1_000);

    expect(first).toBe(33);
    expect(third).toBeGreaterThan(8);
    expect(third).toBeLessThan(20);
    expect(sum(servedWhileAccepting(line, 99, 1_001))).toBeGreaterThanOrEqual(32);
  });

  it('lets those leave whose time is over, and serves others in their places', () => {
    const line = new PushLine<number>(patience);
    come(line, 12, 0);
    come(line, 12, 3_000, 12);

    const { due, late } = line.endTurn(4_001);

    expect(late).toEqual([8, 9, 10, 11]);
    expect(due).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('lets them leave also in a turn that serves nobody', () => {
    const line = new PushLine<number>(patience);
    come(line, 12, 0);
    line.accepts();

    expect(line.endTurn(4_001)).toEqual({ due: [], late: [8, 9, 10, 11] });
  });

  it('expects the wait that its pace and its length make, once somebody has waited for a second', () => {
    const line = new PushLine<number>(patience);
    come(line, 2_008, 0);

    for (let turn = 0; turn <= 100; turn++) line.endTurn(turn * 10);
    expect(line.expectedMilliseconds(1_000)).toBe(0);
    // Eight in ten milliseconds.
    expect(line.length).toBe(2_000 - 101 * 8);
    expect(line.expectedMilliseconds(1_001)).toBeCloseTo((line.length * 10) / 8, 3);

    for (let turn = 101; line.length > 0; turn++) line.endTurn(turn * 10);
    expect(line.expectedMilliseconds(5_000)).toBe(0);
  });

  it('dates what it sees back by a turn while somebody waits, and not otherwise', () => {
    const line = new PushLine<number>(patience);
    expect(line.arrivalOf(5)).toBe(5);
    come(line, 30, 5);
    line.endTurn(10);
    expect(line.arrivalOf(15)).toBe(15);
    line.endTurn(20);
    expect(line.arrivalOf(25)).toBe(10);
    line.endTurn(30);
    expect(line.arrivalOf(35)).toBe(35);
  });
});
