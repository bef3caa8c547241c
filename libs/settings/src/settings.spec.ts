import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { envExample, table } from './settings-table.js';
import { SettingsRefused, readSettings } from './settings.js';

const masterKey = (name: string): string => createHash('sha256').update(name).digest('base64');
const production = {
  DATABASE_URL: 'postgres://gateway:password@db:5432/gateway',
  MASTER_KEY: masterKey('one'),
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
      MASTER_KEY: `${production.MASTER_KEY},${masterKey('two')}`,
    });

    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 36_012,
      sandbox: false,
      publicUrl: 'https://wx.example.com',
      drainSeconds: 5,
    });
    expect(settings.masterKeys.map((key) => key.toString('base64'))).toEqual([masterKey('one'), masterKey('two')]);
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

  describe('that everybody can read or guess', () => {
    const repeated = Buffer.alloc(32, 7).toString('base64');
    const worthless = {
      MASTER_KEY: repeated,
      ADMIN_TOKEN: table.ADMIN_TOKEN.example,
      METRICS_TOKEN: table.METRICS_TOKEN.example,
    };

    it.each([
      ['MASTER_KEY', table.MASTER_KEY.example],
      ['MASTER_KEY', `${production.MASTER_KEY},${table.MASTER_KEY.example}`],
      ['MASTER_KEY', Buffer.alloc(32).toString('base64')],
      ['MASTER_KEY', repeated],
      ['MASTER_KEY', `${production.MASTER_KEY},${repeated}`],
      ['ADMIN_TOKEN', table.ADMIN_TOKEN.example],
      ['METRICS_TOKEN', table.METRICS_TOKEN.example],
    ])('are refused in production: %s=%s', (name, value) => {
      for (const local of [false, true]) {
        const faults = faultsOf({ ...production, [name]: value, SANDBOX: 'false' }, { local });

        expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} .*openssl rand`))]);
        expect(faults[0]).not.toContain(value);
      }
    });

    it('are named together with every other fault', () => {
      const faults = faultsOf({ ...production, ...worthless, PORT: 'eighty' });

      expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual(['ADMIN_TOKEN', 'MASTER_KEY', 'METRICS_TOKEN', 'PORT']);
    });

    it('will do for the sandbox, which nobody else reaches', () => {
      expect(faultsOf({ ...production, ...worthless }, { local: true })).toEqual([]);
    });
  });

  describe('that are secret', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wechat-gateway-settings-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const fileWith = (content: string): string => {
      const path = join(folder, createHash('sha256').update(content).digest('hex'));
      writeFileSync(path, content);
      return path;
    };
    const secrets = { ...production, METRICS_TOKEN: 'm'.repeat(32) };

    it.each(['DATABASE_URL', 'MASTER_KEY', 'ADMIN_TOKEN', 'METRICS_TOKEN'] as const)('take %s from a file too', (name) => {
      const { [name]: value, ...others } = secrets;
      const files = ['', '\n', '\r\n'].map((end) => fileWith(`${value}${end}`));

      for (const file of files) expect(readSettings({ ...others, [`${name}_FILE`]: file })).toEqual(readSettings(secrets));
      // An empty variable is none.
      expect(readSettings({ ...secrets, [`${name}_FILE`]: '' })).toEqual(readSettings(secrets));
      expect(readSettings({ ...others, [name]: ' ', [`${name}_FILE`]: files[0] })).toEqual(readSettings(secrets));
    });

    it.each([
      ['given twice', { ADMIN_TOKEN_FILE: fileWith(secrets.ADMIN_TOKEN) }, /^ADMIN_TOKEN and ADMIN_TOKEN_FILE are both given/],
      [
        'of a file that is not there',
        { METRICS_TOKEN_FILE: join(folder, 'none') },
        /^METRICS_TOKEN_FILE .*cannot be read \(ENOENT\)/,
      ],
      ['of a folder', { METRICS_TOKEN_FILE: folder }, /^METRICS_TOKEN_FILE .*cannot be read \(EISDIR\)/],
      ['of an empty file', { METRICS_TOKEN_FILE: fileWith('\n') }, /^METRICS_TOKEN_FILE names an empty file/],
      [
        'of the wrong shape',
        { METRICS_TOKEN_FILE: fileWith('too-short\n') },
        /^METRICS_TOKEN must have .*read from METRICS_TOKEN_FILE$/,
      ],
      ['of an example', { METRICS_TOKEN_FILE: fileWith(table.METRICS_TOKEN.example) }, /^METRICS_TOKEN is the example/],
    ])('are refused, %s', (_, env, fault) => {
      const faults = faultsOf({ ...production, ...env });

      expect(faults).toEqual([expect.stringMatching(fault)]);
      for (const value of Object.values(env)) expect(faults[0]).not.toContain(value);
      expect(faults[0]).not.toContain('too-short');
    });

    it('are named with every other fault, once, also where a file is missing', () => {
      const faults = faultsOf({ MASTER_KEY_FILE: join(folder, 'none'), PORT: 'x', PUBLIC_URL: 'https://wx.example.com' });

      expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual([
        'ADMIN_TOKEN',
        'DATABASE_URL',
        'MASTER_KEY_FILE',
        'PORT',
      ]);
    });
  });

  it('warn that WeChat cannot reach a machine of its own without PUBLIC_URL', () => {
    const warningsOf = (env: Record<string, string>) => readSettings(env, { local: true }).warnings;

    expect(warningsOf({ SANDBOX: 'false' })).toEqual([
      expect.stringMatching(/^PUBLIC_URL is not set: WeChat cannot reach http:/),
    ]);
    expect(warningsOf({ SANDBOX: 'false', PUBLIC_URL: 'https://wx.example.com' })).toEqual([]);
    expect(warningsOf({})).toEqual([]);
  });

  it('leave strangers less than the service has itself', () => {
    expect(readSettings(production)).toMatchObject({ qrLoginsPerMinute: 600, qrLoginsByStrangersPerMinute: 300 });
    expect(readSettings({ ...production, QR_LOGINS_PER_MINUTE: '50' }).qrLoginsByStrangersPerMinute).toBe(25);
    expect(faultsOf({ ...production, QR_LOGINS_BY_STRANGERS_PER_MINUTE: '600' })).toEqual([
      'QR_LOGINS_BY_STRANGERS_PER_MINUTE must be less than QR_LOGINS_PER_MINUTE',
    ]);
  });

  it('take receivers as ranges or as host and port', () => {
    const list = '10.0.0.0/8, 10.0.0.1, fd00::/8, shop.internal:8080, [::1]:80, 10.0.0.1:80';

    expect(readSettings({ ...production, WEBHOOK_ALLOW: list }).webhookAllow).toHaveLength(6);
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

  it.each([
    [{ LEGACY_TRUSTED_CIDRS: '10.1.0.0/16', TRUSTED_PROXIES: '10.1.0.9' }, /both hold 10\.1\.0\.9/],
    [{ LEGACY_TRUSTED_CIDRS: '10.1.0.9', TRUSTED_PROXIES: '10.0.0.0/8' }, /both hold 10\.0\.0\.0\/8/],
    [{ LEGACY_TRUSTED_CIDRS: 'fd00::/8', TRUSTED_PROXIES: 'fd00::1' }, /both hold fd00::1/],
    [{ LEGACY_TRUSTED_CIDRS: '10.1.0.0/16' }, /does not name the proxy/],
    [{ TRUSTED_PROXIES: '0.0.0.0/0' }, /holds every address/],
    [{ TRUSTED_PROXIES: '::/0' }, /holds every address/],
  ])('warn where a proxy may be taken for a caller, or a caller for a proxy: %j', (env, warning) => {
    expect(readSettings({ ...production, ...env }).warnings).toEqual([expect.stringMatching(warning)]);
  });

  it.each([
    { LEGACY_TRUSTED_CIDRS: '10.1.0.0/16', TRUSTED_PROXIES: '10.2.0.9,fd00::1' },
    { LEGACY_TRUSTED_CIDRS: '10.1.0.0/16', PUBLIC_URL: 'http://127.0.0.1:36012' },
    { TRUSTED_PROXIES: '10.0.0.0/8' },
  ])('do not warn of %j', (env) => {
    expect(readSettings({ ...production, ...env }).warnings).toEqual([]);
  });

  it('are all in .env.example, word for word', () => {
    expect(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')).toBe(envExample());
  });
});
