import { describe, expect, it } from '@jest/globals';
import { originOf, rangesOf } from './push-origin.js';

const ranges = rangesOf(['101.226.103.63', '140.207.54.0/25', '127.0.0.1', '240e:e1::/32', 'nonsense', '1.2.3.4/99']);

describe('The origin of a refused push', () => {
  it.each([
    ['101.226.103.63', 'wechat'],
    ['::ffff:101.226.103.63', 'wechat'],
    ['140.207.54.127', 'wechat'],
    ['140.207.54.128', 'stranger'],
    ['240e:e1::7', 'wechat'],
    ['240e:e2::7', 'stranger'],
    ['127.0.0.1', 'wechat'],
    ['127.0.0.2', 'unknown'],
    ['10.1.2.3', 'unknown'],
    ['192.168.0.9', 'unknown'],
    ['100.64.0.1', 'unknown'],
    ['fd00::1', 'unknown'],
    ['::1', 'unknown'],
    ['203.0.114.7', 'stranger'],
    ['not an address', 'stranger'],
  ])('%s is %s', (from, origin) => {
    expect(originOf(from, ranges)).toBe(origin);
  });

  it('cannot be known before WeChat has told its addresses', () => {
    for (const from of ['203.0.114.7', '10.0.0.1', '']) expect(originOf(from, undefined)).toBe('unknown');
  });
});
