import { describe, expect, it } from '@jest/globals';
import { languageOf } from './languages.js';

describe('The language of an answer', () => {
  it.each([
    [undefined, 'zh', 'zh'],
    [undefined, 'en', 'en'],
    ['*', 'zh', 'zh'],
    ['', 'zh', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'en', 'zh'],
    ['zh-Hant-TW', 'en', 'zh'],
    ['en-US,en;q=0.9,zh-CN;q=0.8', 'zh', 'en'],
    ['fr-FR,zh;q=0.5', 'en', 'zh'],
    ['en;q=0.1, zh;q=0.2', 'en', 'zh'],
    ['zh;q=0, en', 'zh', 'en'],
    ['fr', 'zh', 'en'],
    ['zhx', 'zh', 'en'],
    ['zh;q=x', 'zh', 'en'],
  ] as const)('for %j, otherwise %s, is %s', (header, otherwise, expected) => {
    expect(languageOf(header, otherwise)).toBe(expected);
  });
});
