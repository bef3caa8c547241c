import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errcodeTable } from '#wechat';
import { errcodeDocument } from './errcode-document.js';

describe('The table of errcodes', () => {
  it('is in the documentation, word for word', () => {
    expect(readFileSync(new URL('../../../../docs/errcodes.md', import.meta.url), 'utf8')).toBe(errcodeDocument());
  });

  it('says of each what to do', () => {
    expect([...errcodeTable].filter(([, { hint }]) => hint.en.length < 10 || !/\p{Script=Han}/u.test(hint.zh))).toEqual([]);
  });
});
