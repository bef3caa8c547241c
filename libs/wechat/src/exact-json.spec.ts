import { describe, expect, it } from '@jest/globals';
import { scanJson } from './exact-json.js';

describe("WeChat's JSON, scanned", () => {
  it.each([
    ['{"MsgId":6074746557628292943}', '{"MsgId":"6074746557628292943"}'],
    ['[-6074746557628292943,1]', '["-6074746557628292943",1]'],
    ['{"a":999999999999999,"b":-999999999999999}', undefined],
    ['{"a":1.00000000000000000001,"b":1e5,"c":-0.5E-7,"d":12345678901234567.5}', undefined],
    ['{"a":"6074746557628292943 \\" 6074746557628292943","b":"\\\\"}', undefined],
    ['{"\\"":6074746557628292943}', '{"\\"":"6074746557628292943"}'],
    ['6074746557628292943', '"6074746557628292943"'],
    ['[00000000000000000001]', undefined],
    ['{"a":"never ends, 6074746557628292943', undefined],
    ['{"a":"never ends\\', undefined],
    ['', undefined],
  ])('%s has its long whole numbers as text', (given, wanted = given) => {
    expect(scanJson(given).text).toBe(wanted);
  });

  it('does not make a document of what is none', () => {
    for (const broken of [
      '[00000000000000000001]',
      '{"a":6074746557628292943x}',
      '"x"6074746557628292943',
      '--6074746557628292943',
    ])
      expect(() => void JSON.parse(scanJson(broken).text)).toThrow(SyntaxError);
  });

  it.each([
    ['{}', 1, 1],
    ['{"a":[1,2,{"b":"[{,"}]}', 3, 5],
    [']]]{', 0, 1],
    ['[[[', 3, 3],
    ['1', 0, 0],
  ])('%s tells its depth and its members', (given, depth, members) => {
    expect(scanJson(given)).toMatchObject({ depth, members });
  });

  it.each(['\\"', '"', '""', '\\', '1', '-', '1e', '{', '[', '[[],', '{"a":', '}', ',', '1,', '1234567890123456,', ' '])(
    'takes a time that grows with the length alone: %j',
    (part) => {
      for (const opening of ['', '{', '[', '"', '{"', '{"a":', '{"a":"', '-'])
        expect(cpuMillisecondsOf(() => void scanJson(opening + part.repeat(262_144 / part.length)))).toBeLessThan(50);
    },
  );
});

/** The least of some: the collector and other processes come in between as they like. */
function cpuMillisecondsOf(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 4 && least >= 50; turn++) {
    const began = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(began);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
