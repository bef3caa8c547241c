import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Driver, officialAccount } from '../test/driver.js';

let wechat: Driver;
/** The moment the clock stands at, counted from the start of the test. */
let now: number;

beforeAll(async () => {
  wechat = await Driver.start();
});
beforeEach(async () => {
  await wechat.reset();
  now = 0;
});
afterAll(() => wechat.close());

async function at(seconds: number): Promise<void> {
  await wechat.advance(seconds - now);
  now = seconds;
}

describe('the classic token line', () => {
  it('plays the documented time line', async () => {
    const t1 = (await wechat.classicToken())['access_token'];
    await at(100);
    const t2 = (await wechat.classicToken())['access_token'];
    await at(149);
    expect([await wechat.verdict(t1), await wechat.verdict(t2)]).toEqual([0, 0]);

    await at(150);
    const t3 = (await wechat.classicToken())['access_token'];

    expect([await wechat.verdict(t1), await wechat.verdict(t2), await wechat.verdict(t3)]).toEqual([40001, 0, 0]);
    await at(449);
    expect(await wechat.verdict(t2)).toBe(0);
    await at(451);
    expect([await wechat.verdict(t2), await wechat.verdict(t3)]).toEqual([40001, 0]);
    await at(7350);
    expect([await wechat.verdict(t1), await wechat.verdict(t2), await wechat.verdict(t3)]).toEqual([40001, 40001, 42001]);
  });

  it('leaves the first token its five minutes when the switch says so', async () => {
    await wechat.control('PATCH', '/_sim/switches', { third_classic_token_kills_first: false });
    const t1 = (await wechat.classicToken())['access_token'];
    await at(100);
    await wechat.classicToken();
    await at(150);
    await wechat.classicToken();

    expect(await wechat.verdict(t1)).toBe(0);
    await at(401);
    expect(await wechat.verdict(t1)).toBe(40001);
  });

  it('gives out 2000 a day of China and starts anew at midnight', async () => {
    await wechat.control('POST', '/_sim/clock', { set_to: '2026-03-01T15:59:58Z' });
    await wechat.control('PUT', `/_sim/apps/${officialAccount.appid}/quota`, { path: '/cgi-bin/token', daily: 2 });
    await wechat.classicToken();
    await wechat.classicToken();

    expect((await wechat.classicToken())['errcode']).toBe(45009);
    await wechat.advance(2);
    expect((await wechat.classicToken())['errcode']).toBeUndefined();
  });
});

describe('the stable token line', () => {
  it('plays the documented time line', async () => {
    const s1 = await wechat.stableToken();
    expect(s1['expires_in']).toBe(7200);
    await at(6000);
    expect(await wechat.stableToken()).toEqual({ access_token: s1['access_token'], expires_in: 1200 });
    await at(6900);
    expect((await wechat.stableToken())['access_token']).not.toBe(s1['access_token']);
  });

  it('mints in the last five minutes, keeps both, and obeys the rules of forcing', async () => {
    const classic = (await wechat.classicToken())['access_token'];
    const s1 = (await wechat.stableToken())['access_token'];
    await at(6950);
    const s2 = await wechat.stableToken();
    expect(s2['expires_in']).toBe(7200);
    expect([await wechat.verdict(s1), await wechat.verdict(s2['access_token'])]).toEqual([0, 0]);

    await at(7000);
    const s3 = (await wechat.stableToken(true))['access_token'];
    expect(await wechat.verdict(s2['access_token'])).toBe(0);
    await at(7010);
    expect((await wechat.stableToken(true))['access_token']).toBe(s3);
    expect(await wechat.verdict(classic)).toBe(0);
    await at(7040);
    const s4 = (await wechat.stableToken(true))['access_token'];

    expect([await wechat.verdict(s2['access_token']), await wechat.verdict(s3), await wechat.verdict(s4)]).toEqual([40001, 0, 0]);
    await at(7341);
    expect([await wechat.verdict(s3), await wechat.verdict(s4), await wechat.verdict(classic)]).toEqual([40001, 0, 42001]);
  });

  it('lets the former token die at its own end', async () => {
    const s1 = (await wechat.stableToken())['access_token'];
    await at(6950);
    await wechat.stableToken();
    await at(7199);
    expect(await wechat.verdict(s1)).toBe(0);
    await at(7200);

    expect(await wechat.verdict(s1)).toBe(42001);
  });

  it('refuses the 21st forced refresh of a day, or repeats the current token', async () => {
    await wechat.control('POST', '/_sim/clock', { set_to: '2026-03-01T00:00:00Z' });
    let last: unknown;
    for (let count = 0; count < 20; count++) {
      last = (await wechat.stableToken(true))['access_token'];
      await wechat.advance(31);
    }

    expect((await wechat.stableToken(true))['errcode']).toBe(45009);
    await wechat.control('PATCH', '/_sim/switches', { forced_refresh_over_limit: 'current' });
    expect((await wechat.stableToken(true))['access_token']).toBe(last);
  });

  it('kills the former token at once when the switch says that one force does', async () => {
    await wechat.control('PATCH', '/_sim/switches', { forced_refresh_keeps_former: false });
    const s1 = (await wechat.stableToken())['access_token'];
    await wechat.stableToken(true);

    expect(await wechat.verdict(s1)).toBe(40001);
  });

  it('and the classic line know nothing of each other', async () => {
    const stable = (await wechat.stableToken())['access_token'];
    const classic = [];
    for (let count = 0; count < 3; count++) classic.push((await wechat.classicToken())['access_token']);

    expect(await wechat.verdict(stable)).toBe(0);
    await wechat.stableToken(true);
    await at(31);
    await wechat.stableToken(true);
    expect([await wechat.verdict(stable), await wechat.verdict(classic[2])]).toEqual([40001, 0]);
  });

  it('allows ten thousand calls a minute', async () => {
    await wechat.control('PUT', `/_sim/apps/${officialAccount.appid}/quota`, { path: '/cgi-bin/stable_token', per_minute: 1 });
    await wechat.stableToken();

    expect((await wechat.stableToken())['errcode']).toBe(45011);
    await at(60);
    expect((await wechat.stableToken())['errcode']).toBeUndefined();
  });
});

describe('a token endpoint', () => {
  const { appid, secret } = officialAccount;
  const classic = (query: string) => `/cgi-bin/token?${query}`;

  it.each([
    ['grant_type', `appid=${appid}&secret=${secret}`, 40002],
    ['the appid', `grant_type=client_credential&secret=${secret}`, 41002],
    ['an appid that exists', `grant_type=client_credential&appid=wx0&secret=${secret}`, 40013],
    ['the case of the appid', `grant_type=client_credential&appid=${appid.toUpperCase()}&secret=${secret}`, 40013],
    ['the secret', `grant_type=client_credential&appid=${appid}`, 41004],
    ['the right secret', `grant_type=client_credential&appid=${appid}&secret=${'0'.repeat(32)}`, 40125],
  ])('wants %s', async (_what, query, errcode) => {
    expect((await wechat.get(classic(query)))['errcode']).toBe(errcode);
  });

  it('refuses a frozen secret, a frozen account, and an address that is not listed, which it names', async () => {
    const operator = (body: object) => wechat.control('PATCH', `/_sim/apps/${appid}`, body);
    await operator({ secret_is_frozen: true });
    expect((await wechat.stableToken())['errcode']).toBe(40243);
    await operator({ secret_is_frozen: false, account_is_frozen: true });
    expect((await wechat.stableToken())['errcode']).toBe(50007);
    await operator({ account_is_frozen: false, ip_allow_list: ['203.0.113.7'] });

    const refused = await wechat.stableToken();

    expect(refused['errcode']).toBe(40164);
    expect(refused['errmsg']).toMatch(/^invalid ip 127\.0\.0\.1 ipv6 ::ffff:127\.0\.0\.1, not in whitelist rid: /);
  });

  it('forgets the old secret when the operator resets it', async () => {
    await wechat.control('PATCH', `/_sim/apps/${appid}`, { secret: 'f'.repeat(32) });

    expect((await wechat.classicToken())['errcode']).toBe(40125);
  });
});

describe('a bad token', () => {
  it.each([
    ['missing', '', 41001],
    ['made up', 'x'.repeat(157), 40014],
  ])('that is %s has its own errcode', async (_what, token, errcode) => {
    expect(await wechat.verdict(token)).toBe(errcode);
  });

  it('taken by another party is dead at once, in its own line', async () => {
    const stable = (await wechat.stableToken())['access_token'];
    const classic = (await wechat.classicToken())['access_token'];

    await wechat.control('POST', `/_sim/apps/${officialAccount.appid}/kill-tokens`, { line: 'stable' });

    expect([await wechat.verdict(stable), await wechat.verdict(classic)]).toEqual([40001, 0]);
  });
});
