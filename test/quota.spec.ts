import { describe, expect, it } from '@jest/globals';
import { TalkingHouse } from './support/talking-house.js';
import { until } from './support/until.js';
import { demoApp } from './support/wechat.js';

const build = () => TalkingHouse.build({ scopes: ['messages:send', 'quota', 'users:read', 'token:read'] });
const usersApi = '/cgi-bin/user/get';

interface Use {
  readonly api: string;
  readonly calls: number;
  readonly failures: number;
  readonly callers: readonly { caller: string; calls: number; failures: number }[];
  readonly wechat: { daily_limit: number; used: number; remaining: number } | null;
}

async function useOf(house: TalkingHouse, api: string): Promise<Use | undefined> {
  const { body } = await house.ask(`${demoApp}/quota`);
  return (body.apis as Use[]).find((one) => one.api === api);
}

describe('The quota view', () => {
  it("counts calls by API and caller, beside WeChat's own count", async () => {
    const house = await build();
    const other = await house.gateway.makeKey({ scopes: ['users:read'] });
    for (const key of [house.key, house.key, other.key]) await house.gateway.ask(`/v1/apps/${demoApp}/users`, { key });

    const use = await useOf(house, usersApi);

    expect(use).toMatchObject({ calls: 3, failures: 0, wechat: { daily_limit: 500, used: 3, remaining: 497 } });
    expect(use?.callers).toHaveLength(2);
    expect(use?.callers).toContainEqual({ caller: `key:${other.id}`, calls: 1, failures: 0 });
  });

  it('counts what the gateway does of its own accord as its own', async () => {
    const house = await build();

    await house.ask(`${demoApp}/access-token`);
    await house.gateway.database.query('UPDATE credential SET renew_at = now()');

    await until(
      () => useOf(house, '/cgi-bin/stable_token'),
      (use) => use?.callers.some(({ caller }) => caller === 'gateway') === true,
    );
  });

  it('adds up what all replicas did, and what failed', async () => {
    const house = await build();
    const twin = await house.gateway.twin();
    await house.wechat.fault({ path: usersApi, kind: 'errcode', errcode: 45011 });
    await house.ask(`${demoApp}/users`);
    await twin.ask(`/v1/apps/${demoApp}/users`, { key: house.key });
    await twin.stop();

    expect(await useOf(house, usersApi)).toMatchObject({ calls: 2, failures: 1 });
  });

  it('shows our own counts while WeChat is away', async () => {
    const house = await build();
    await house.ask(`${demoApp}/users`);
    await house.wechat.fault({ path: '/cgi-bin/openapi/quota/get', kind: 'reset_before', count: 20 });

    const { status, body } = await house.ask(`${demoApp}/quota`);

    expect([status, body.wechat_failure]).toEqual([200, expect.stringContaining('/cgi-bin/openapi/quota/get')]);
    expect((body.apis as Use[]).find(({ api }) => api === usersApi)).toMatchObject({ calls: 1, wechat: null });
  });

  it('is for keys with its scope, and for the administrator', async () => {
    const house = await build();
    const { key } = await house.gateway.makeKey({ scopes: ['users:read'] });

    expect((await house.gateway.ask(`/v1/apps/${demoApp}/quota`, { key })).status).toBe(403);
    expect((await house.gateway.admin(`/apps/${demoApp}/quota`)).status).toBe(200);
  });
});

describe('A quota that is used up', () => {
  const midnight = `extract(epoch FROM ((now() AT TIME ZONE 'Asia/Shanghai')::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - now())`;
  const secondsToMidnight = async (house: TalkingHouse): Promise<number> => {
    const [row] = await house.gateway.database.query<{ seconds: string }>(`SELECT ${midnight} AS seconds`);
    return Number(row?.seconds);
  };

  it.each([45009, 44993, 85406])('of the day (%d) is back at midnight in China by the time of the database', async (errcode) => {
    const house = await build();
    await house.wechat.fault({ path: usersApi, kind: 'errcode', errcode, count: 2 });

    const now = await house.ask(`${demoApp}/users`);
    house.gateway.passes(3_000);
    const later = await house.ask(`${demoApp}/users`);
    const seconds = await secondsToMidnight(house);

    expect([now.status, now.body.code]).toEqual([429, 'wechat_quota_reached']);
    for (const [answer, passed] of [
      [now, 0],
      [later, 3_000],
    ] as const) {
      const wanted = (seconds - passed + 86_400) % 86_400;
      expect(Math.abs(Number(answer.headers.get('retry-after')) - wanted)).toBeLessThan(10);
    }
  });

  it.each([45011, 44991])('of the minute (%d) is back within one', async (errcode) => {
    const house = await build();
    await house.wechat.fault({ path: usersApi, kind: 'errcode', errcode, count: 1 });

    expect((await house.ask(`${demoApp}/users`)).headers.get('retry-after')).toBe('60');
  });

  it('is told so to whoever asks for the token that it stands in the way of, then and later', async () => {
    const house = await build();
    await house.wechat.fault({ path: '/cgi-bin/stable_token', kind: 'errcode', errcode: 45009, count: 1 });

    const first = await house.ask(`${demoApp}/access-token`);
    const second = await house.ask(`${demoApp}/access-token`);
    const seconds = await secondsToMidnight(house);

    for (const { status, headers } of [first, second]) {
      expect(status).toBe(429);
      expect(Math.abs(Number(headers.get('retry-after')) - seconds)).toBeLessThan(10);
    }
  });
});

describe('Quotas', () => {
  const clear = (house: TalkingHouse) => house.gateway.admin(`/apps/${demoApp}/quota/clear`, { method: 'POST' });

  it('are cleared by the operator, ten times a month', async () => {
    const house = await build();
    await house.wechat.control('PUT', `/apps/${demoApp}/quota`, { path: usersApi, daily: 1 });
    await house.ask(`${demoApp}/users`);
    const spent = await house.ask(`${demoApp}/users`);

    const cleared = await clear(house);
    const again = await house.ask(`${demoApp}/users`);
    for (let i = 0; i < 9; i++) await clear(house);
    const eleventh = await clear(house);

    expect([spent.status, spent.body.code]).toEqual([429, 'wechat_quota_reached']);
    expect(cleared.body).toEqual({ appid: demoApp, cleared_this_month: 1, clearings_a_month: 10 });
    expect(again.status).toBe(200);
    expect([eleventh.status, eleventh.body.wechat]).toEqual([502, expect.objectContaining({ errcode: 48006 })]);
    expect((await house.ask(`${demoApp}/quota`)).body.cleared_this_month).toBe(10);
    const { body } = await house.gateway.admin('/audit-log?action=quota.clear');
    // The refused one too: an entry says what was wanted.
    expect(body.items).toHaveLength(11);
  });

  it('that run out show in the check of the app, with who uses them', async () => {
    const house = await build();
    const line = async () =>
      ((await house.gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' })).body.checks as { check: string }[]).find(
        ({ check }) => check === 'quota',
      );
    await house.ask(`${demoApp}/users`);
    const before = await line();

    await house.wechat.control('PUT', `/apps/${demoApp}/quota`, { path: usersApi, daily: 1 });

    expect(before).toMatchObject({ status: 'ok' });
    expect(await line()).toMatchObject({ status: 'problem', detail: expect.stringContaining(`${usersApi}: 0 of 1 left`) });
  });
});
