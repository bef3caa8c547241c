import { describe, expect, it } from '@jest/globals';
import { type Answer, type Question, TestGateway, adminToken } from './support/gateway.js';

const metricsToken = 'metrics-token-of-the-tests-0123456789';
const guess = 'wxg_0000000000_a-guess-that-no-log-may-hold';
const start = (): Promise<TestGateway> =>
  TestGateway.start({
    env: { TRUSTED_PROXIES: '127.0.0.0/8', METRICS_TOKEN: metricsToken, PUBLIC_URL: 'http://127.0.0.1:36012' },
  });

/** Asks as somebody from another address. */
const from = (
  gateway: TestGateway,
  address: string,
  path: string,
  { headers = {}, ...question }: Question = {},
): Promise<Answer> => gateway.ask(path, { ...question, headers: { ...headers, 'x-forwarded-for': address } });

interface Line {
  readonly level: string;
  readonly msg?: string;
  readonly address?: string;
  readonly problem?: string;
  readonly route?: string;
}
const warnings = (gateway: TestGateway): Line[] =>
  gateway.logged.map((line) => JSON.parse(line) as Line).filter(({ level, msg = '' }) => level === 'warn' && /refused/.test(msg));

describe('Failed credentials', () => {
  it('count together, whatever they are for, and good ones are served all the same', async () => {
    const gateway = await start();
    const { key } = await gateway.makeKey();
    const login = '/v1/qr-logins/qrl_0000000000000000000000';
    const attempts: [string, Question][] = [
      ['/v1/key', { key: guess }],
      ['/admin/v1/apps', { key: guess }],
      ['/admin/v1/apps', { key }],
      ['/metrics', { key: guess }],
      [login, { key: guess }],
      [`${login}/stream`, { key: guess }],
    ];

    for (let turn = 0; turn < 20; turn++) {
      const [path, question] = attempts[turn % attempts.length] ?? ['', {}];
      expect([path, (await from(gateway, '203.0.113.7', path, question)).status]).toEqual([path, 401]);
    }
    for (const [path, question] of attempts) {
      const { status, body, headers } = await from(gateway, '::ffff:203.0.113.7', path, question);
      expect([path, status, body.code]).toEqual([path, 429, 'too_many_bad_keys']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }

    expect((await from(gateway, '203.0.113.7', '/v1/key', { key })).status).toBe(200);
    expect((await from(gateway, '203.0.113.7', '/admin/v1/apps', { key: adminToken })).status).toBe(200);
    expect((await from(gateway, '203.0.113.7', '/metrics', { key: metricsToken })).status).toBe(200);
    expect((await from(gateway, '203.0.113.8', '/v1/key', { key: guess })).status).toBe(401);
  });

  it('count by the /64 of an IPv6 address', async () => {
    const gateway = await start();
    const status = async (address: string) => (await from(gateway, address, '/v1/key', { key: guess })).status;

    for (let turn = 1; turn <= 20; turn++) expect(await status(`2001:db8:1:2::${turn}:1`)).toBe(401);

    expect(await status('2001:db8:1:2:ffff::1')).toBe(429);
    expect(await status('2001:db8:1:3::1')).toBe(401);
  });

  it('are none where a request brings no credential', async () => {
    const gateway = await start();

    for (let turn = 0; turn < 30; turn++)
      for (const path of ['/v1/key', '/metrics', '/v1/qr-logins/qrl_0000000000000000000000'])
        expect([path, (await from(gateway, '203.0.113.7', path)).status]).toEqual([path, 401]);
    expect(warnings(gateway)).toEqual([]);
  }, 60_000);

  it('are logged with their address, never with what was sent, and a flood does not flood the log', async () => {
    const gateway = await start();
    await from(gateway, '2001:db8:1:2::7', '/v1/key', { key: guess });

    expect(warnings(gateway)).toEqual([
      expect.objectContaining({
        msg: 'A credential was refused',
        address: '2001:db8:1:2::7',
        problem: 'key_invalid',
        route: '/v1/key',
      }),
    ]);

    for (let turn = 2; turn <= 40; turn++) await from(gateway, '2001:db8:1:2::7', '/v1/key', { key: guess });
    expect(warnings(gateway)).toHaveLength(21);
    expect(warnings(gateway).at(-1)?.msg).toBe(
      'More than 20 credentials from one address were refused within a minute; further ones are not logged',
    );
    expect(gateway.logged.join('')).not.toContain(guess);
    const { text } = await gateway.ask('/metrics', { key: metricsToken });
    expect(text).toContain('wx_failed_credentials_total{code="key_invalid"} 40');
  });
});
