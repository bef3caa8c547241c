import { describe, expect, it } from '@jest/globals';
import { plainAddress } from '#access';
import { kindOf } from './address-kind.js';
import { AllowedReceivers } from './allowed-receivers.js';
import { databaseEndpoints } from './database-endpoints.js';

describe('The list of the operator', () => {
  const list = new AllowedReceivers([
    '10.2.0.0/16',
    '192.168.1.7',
    'fd12::/16',
    '[fd99::1]:8080',
    '172.16.0.1:9000',
    'Shop.Internal:80',
  ]);
  it.each([
    ['10.2.3.4', 'a.test', 1, true],
    ['10.3.0.1', 'a.test', 1, false],
    ['192.168.1.7', 'a.test', 1, true],
    ['192.168.1.8', 'a.test', 1, false],
    ['fd12::9', 'a.test', 1, true],
    ['fd99::1', 'fd99::1', 8080, true],
    ['fd99::1', 'fd99::1', 8081, false],
    ['172.16.0.1', 'a.test', 9000, true],
    ['172.16.0.1', 'a.test', 9001, false],
    ['172.16.0.9', 'shop.internal', 80, true],
    ['172.16.0.9', 'shop.internal', 81, false],
    ['172.16.0.9', 'other.internal', 80, false],
  ])('holds %s as %s at port %d: %s', (address, host, port, isHeld) => {
    expect(list.hold(plainAddress(address), { host, port })).toBe(isHeld);
  });
});

describe('An address', () => {
  it.each([
    ['93.184.216.34', 'open'],
    ['2606:2800:220:1::1', 'open'],
    ['64:ff9b::5db8:d822', 'open'],
    ['::ffff:93.184.216.34', 'open'],
    ['127.0.0.1', 'private'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['169.254.169.254', 'it is a link-local address'],
    ['100.100.100.200', 'it is the metadata service of a cloud'],
    ['fd00:ec2::254', 'it is the metadata service of a cloud'],
    ['2002:7f00:1::', 'it is an address that hides another'],
    ['::7f00:1', 'it is a special address'],
    ['0.0.0.0', 'it is no address of anybody'],
  ])('%s is %j', (address, expected) => {
    const kind = kindOf(plainAddress(address));

    expect(typeof kind === 'string' ? kind : kind.never.en).toBe(expected);
  });
});

describe('The database', () => {
  it.each([
    ['postgres://u:p@db.internal/gateway', [{ host: 'db.internal', port: 5432 }]],
    ['postgres://u:p@[::1]:6432/gateway', [{ host: '::1', port: 6432 }]],
    ['postgres:///gateway?host=/run/postgresql', []],
    [
      'postgres://10.0.0.9/gateway?host=10.0.0.8&port=6000',
      [
        { host: '10.0.0.8', port: 6000 },
        { host: '10.0.0.9', port: 6000 },
      ],
    ],
    ['', []],
  ])('of %s is at %j', (url, endpoints) => {
    expect(databaseEndpoints(url)).toEqual(endpoints);
  });
});
