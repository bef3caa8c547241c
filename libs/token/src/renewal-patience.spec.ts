import { describe, expect, it } from '@jest/globals';
import { failureAgain } from '#wechat';
import { patienceAfter } from './renewal-patience.js';
import { TokenPending } from './token-errors.js';

const now = new Date('2026-03-01T00:00:00Z');
const silent = failureAgain({ kind: 'silent', api: '/cgi-bin/token', why: 'it did not answer' }, now);
const usedUp = failureAgain(
  {
    kind: 'refused',
    api: '/cgi-bin/token',
    refusal: { errcode: 45009, errmsg: 'reach max', rid: null, hint: '' },
    tradesSecret: true,
  },
  now,
);
/** The least and the most, over all chance. */
const between = (error: Error, failures: number): number[] =>
  [0, 1].map((chance) => Math.round(patienceAfter(error, { failures, chance }) * 10) / 10);

describe('A renewal that failed', () => {
  it.each([
    ['once', silent, 0, [0.8, 1.2]],
    ['three times', silent, 3, [6.4, 9.6]],
    ['for long', silent, 40, [19.2, 28.8]],
    ['since a quota is used up', usedUp, 0, [48, 72]],
    ['since a quota is used up, for long', usedUp, 40, [2_880, 4_320]],
    ['since a token must wait a minute', new TokenPending('wx3cc8fd6963e31a32', 60), 0, [60, 60]],
  ])('%s is tried again after a growing pause', (_, error, failures, seconds) => {
    expect(between(error, failures)).toEqual(seconds);
  });
});
