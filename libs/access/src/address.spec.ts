import { describe, expect, it } from '@jest/globals';
import { isFirstHand, isLoopbackAddress, sourceOf } from './address.js';

describe('The source of a request', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['64:ff9b::cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['203.0.113.7:40001', 'unknown'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['localhost', false],
    [undefined, false],
  ])('%s is loopback: %s', (address, isLoopback) => {
    expect(isLoopbackAddress(address)).toBe(isLoopback);
  });
});

describe('A request is first-hand', () => {
  const peer = '10.0.0.2';

  it.each<[string, Record<string, string>, string[] | undefined, boolean]>([
    ['nothing was forwarded', { 'user-agent': 'curl', accept: '*/*' }, undefined, true],
    ['an unknown proxy says so', { 'x-forwarded-for': '10.1.2.3' }, undefined, false],
    ['the peer is no trusted proxy', { 'x-forwarded-for': '10.1.2.3' }, [peer], false],
    ['a trusted proxy names the caller', { 'x-forwarded-for': '10.1.2.3' }, [peer, '10.1.2.3'], true],
    ['so do two of them', { 'x-forwarded-for': '10.1.2.3, 10.0.0.3' }, [peer, '10.0.0.3', '10.1.2.3'], true],
    ['somebody stands behind the last address believed', { 'x-forwarded-for': '8.8.8.8, 10.1.2.3' }, [peer, '10.1.2.3'], false],
    ['somebody claims to be the proxy itself', { 'x-forwarded-for': '10.1.2.3, 8.8.8.8, 10.1.2.3' }, [peer, '10.1.2.3'], false],
    ['empty places are no hops', { 'x-forwarded-for': ' , 10.1.2.3,' }, [peer, '10.1.2.3'], true],
    ['a blank that is none is a hop', { 'x-forwarded-for': '\u00a0, 10.1.2.3' }, [peer, '10.1.2.3'], false],
    ['the header is empty', { 'x-forwarded-for': '' }, [peer], false],
    ['a trusted proxy names nobody', { 'x-real-ip': '10.1.2.3' }, [peer], false],
    ['Forwarded', { forwarded: 'for=10.1.2.3' }, undefined, false],
    ['Via', { via: '1.1 squid' }, undefined, false],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'wx.example.com' }, undefined, false],
    ['X-Real-IP', { 'x-real-ip': '8.8.8.8' }, undefined, false],
    ['CF-Connecting-IP', { 'cf-connecting-ip': '8.8.8.8' }, undefined, false],
    ['Ali-CDN-Real-IP', { 'ali-cdn-real-ip': '8.8.8.8' }, undefined, false],
    ['True-Client-IP', { 'true-client-ip': '8.8.8.8' }, undefined, false],
  ])('%s', (_, headers, ips, expected) => {
    expect(isFirstHand({ headers, ips })).toBe(expected);
  });
});
