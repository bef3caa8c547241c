import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { envExample } from './settings-table.js';
import { SettingsRefused, readSettings } from './settings.js';

const production = {
  DATABASE_URL: 'postgres://gateway:password@db:5432/gateway',
  MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  ADMIN_TOKEN: 'x'.repeat(32),
  PUBLIC_URL: 'https://wx.example.com',
};

function faultsOf(env: Record<string, string>, options = {}): readonly string[] {
  try {
    readSettings(env, options);
  } catch (error) {
    if (error instanceof SettingsRefused) return error.faults;
    throw error;
  }
  return [];
}

describe('Settings', () => {
  it('name everything that production lacks, at once', () => {
    const faults = faultsOf({ PORT: 'eighty', LOG_LEVEL: 'loud', TRUSTED_PROXIES: '10.0.0.0/99' });

    expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual(
      ['ADMIN_TOKEN', 'DATABASE_URL', 'LOG_LEVEL', 'MASTER_KEY', 'PORT', 'PUBLIC_URL', 'TRUSTED_PROXIES'].sort(),
    );
  });

  it('take what production gives', () => {
    const settings = readSettings({
      ...production,
      MASTER_KEY: `${production.MASTER_KEY},${Buffer.alloc(32, 2).toString('base64')}`,
    });

    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 36_012,
      sandbox: false,
      publicUrl: 'https://wx.example.com',
      drainSeconds: 5,
    });
    expect(settings.masterKeys.map((key) => key[0])).toEqual([1, 2]);
    expect(settings.wechatApiUrl).toBe('https://api.weixin.qq.com');
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it.each([
    ['MASTER_KEY', 'c2hvcnQ='],
    ['MASTER_KEY', 'not base64 at all, though it is long enough for it'],
    ['ADMIN_TOKEN', 'too-short'],
    ['PUBLIC_URL', 'wx.example.com'],
    ['PUBLIC_URL', 'https://wx.example.com/gateway'],
    ['PUBLIC_URL', 'ftp://wx.example.com'],
    ['DATABASE_URL', 'mysql://db/gateway'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['DATABASE_POOL_SIZE', '1'],
    ['LEGACY_TRUSTED_CIDRS', '10.0.0.0/8, office'],
    ['WEBHOOK_ALLOW', '10.0.0.0/8, shop.internal'],
    ['WEBHOOK_ALLOW', 'shop.internal:0'],
    ['WEBHOOK_ALLOW', 'http://shop.internal:80'],
    ['SANDBOX', 'perhaps'],
  ])('refuse %s=%s without repeating what may be a secret', (name, value) => {
    const faults = faultsOf({ ...production, [name]: value });

    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} `));
    if (/KEY|TOKEN|DATABASE/.test(name)) expect(faults[0]).not.toContain(value);
  });

  it('need nothing under npm start', () => {
    expect(readSettings({}, { local: true })).toMatchObject({
      sandbox: true,
      publicUrl: 'http://127.0.0.1:36012',
      wechatApiUrl: 'http://127.0.0.1:36013',
      databaseUrl: undefined,
      drainSeconds: 0,
    });
  });

  it('point at real WeChat when the sandbox is off', () => {
    expect(readSettings({ SANDBOX: 'false' }, { local: true })).toMatchObject({
      sandbox: false,
      wechatApiUrl: 'https://api.weixin.qq.com',
    });
  });

  it.each([
    [{ HOST: '0.0.0.0' }, /^HOST must be loopback/],
    [{ WECHAT_API_URL: 'https://api.weixin.qq.com' }, /^WECHAT_API_URL must not be a real WeChat host/],
    [{ WECHAT_OPEN_URL: 'https://SZ.API.weixin.QQ.com.' }, /^WECHAT_OPEN_URL must not be a real WeChat host/],
  ])('keep the sandbox away from others: %j', (env, fault) => {
    expect(faultsOf(env, { local: true })).toEqual([expect.stringMatching(fault)]);
  });

  it('warn of secrets that would travel in the clear', () => {
    expect(readSettings({ ...production, PUBLIC_URL: 'http://wx.example.com' }).warnings).toEqual([
      expect.stringMatching(/^PUBLIC_URL/),
    ]);
    expect(readSettings({ ...production, PUBLIC_URL: 'http://127.0.0.1:36012' }).warnings).toEqual([]);
  });

  it('are all in .env.example, word for word', () => {
    expect(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')).toBe(envExample());
  });
});
