import { describe, expect, it } from '@jest/globals';
import { PlatformJobs, TicketWatch } from '#platform';
import { Credentials } from '#token';
import { type Answer, TestGateway, type TestGatewayOptions } from './support/gateway.js';
import { TestPlatform, demoPlatform } from './support/platform.js';
import { demoProgram } from './support/talking-house.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const scopes = [
  'platform',
  'token:read',
  'qr',
  'users:read',
  'oauth',
  'events:read',
  'jssdk',
  'login',
  'messages:send',
  'mini_program',
];

async function house(options: TestGatewayOptions = {}): Promise<TestPlatform> {
  const wechat = await TestWechat.start();
  const gateway = await TestGateway.start({ ...options, env: { ...wechat.env, ...options.env } });
  return TestPlatform.register(wechat, gateway, { scopes });
}

async function authorized(...authorizers: string[]): Promise<TestPlatform> {
  const platform = await house();
  for (const authorizer of authorizers) {
    await platform.authorize(authorizer);
    await until(
      async () => (await platform.gateway.admin(`/apps/${authorizer}`)).body,
      ({ account_kind }) => typeof account_kind === 'string',
    );
  }
  await platform.gateway.hearChanges();
  return platform;
}

describe('An authorizer that a platform speaks for', () => {
  it('is described by WeChat, and shown so', async () => {
    const platform = await authorized(demoApp, demoProgram);
    const { gateway } = platform;

    const [authorizer, program] = [await platform.authorizer(demoApp), await platform.authorizer(demoProgram)];
    const app = await gateway.admin(`/apps/${demoProgram}`);

    expect(authorizer).toMatchObject({ account_kind: 'official_account', nick_name: '示例服务号', user_name: 'gh_decade000001' });
    expect(program).toMatchObject({ account_kind: 'mini_program', nick_name: '示例小程序' });
    expect(app.body).toMatchObject({
      kind: 'authorizer',
      account_kind: 'mini_program',
      name: '示例小程序',
      original_id: 'gh_decade000002',
      platform: demoPlatform,
      callback_url: null,
      secret: { set: false },
    });
  });

  it('has quotas, which are shown, checked and cleared without its secret', async () => {
    const platform = await authorized(demoApp);
    const { gateway, wechat, key } = platform;
    await wechat.control('PUT', `/apps/${demoApp}/quota`, { path: '/cgi-bin/user/get', daily: 1 });
    const followers = () => gateway.ask(`/v1/apps/${demoApp}/users`, { key });
    const before = [(await followers()).status, (await followers()).status];

    const { body } = await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });
    const cleared = await gateway.admin(`/apps/${demoApp}/quota/clear`, { method: 'POST' });

    expect(before).toEqual([200, 429]);
    expect(body.checks).toContainEqual(expect.objectContaining({ check: 'quota', status: 'problem' }));
    expect(cleared.body).toMatchObject({ cleared_this_month: 1 });
    expect((await followers()).status).toBe(200);
  });

  it('says what is said to it, sealed with the key of the platform', async () => {
    const platform = await authorized(demoApp);
    const { gateway, wechat } = platform;
    await gateway.admin(`/apps/${demoApp}/reply-rules`, {
      method: 'PUT',
      body: { rules: [{ when: { keyword: '价格' }, reply: { type: 'text', content: '见官网' } }] },
    });

    const push = await wechat.control<Record<string, unknown>>('POST', '/people/xiaoming/say', {
      appid: demoApp,
      text: '价格',
    });
    const events = await platform.ask(`/v1/apps/${demoApp}/events?type=message.text`);

    expect(push).toMatchObject({ state: 'delivered', reply: { MsgType: 'text', Content: '见官网' } });
    expect(events.body.items).toMatchObject([{ appid: demoApp, type: 'message.text', data: { Content: '价格' } }]);
  });

  it('is not told what was said to another authorizer of the platform', async () => {
    const platform = await authorized(demoApp, demoProgram);
    const { gateway, wechat } = platform;
    await platform.change({ message_url: `${gateway.url}/callbacks/${demoPlatform}/${demoProgram}` });
    await wechat.control('PATCH', '/switches', { push_attempts: 1 });

    await wechat.control('POST', '/people/xiaoming/say', { appid: demoApp, text: 'for somebody else' });

    expect((await platform.ask(`/v1/apps/${demoProgram}/events?type=message.text`)).body.items).toEqual([]);
    expect((await gateway.ask('/callbacks/wx00000000000000aa/wx00000000000000bb', { method: 'POST', body: {} })).status).toBe(
      403,
    );
  });

  it("logs people in by web authorisation, renews what they allowed, and asks for them on the platform's way out", async () => {
    const platform = await authorized(demoApp);
    const { wechat } = platform;
    const redirect = encodeURIComponent('http://127.0.0.1/back');
    const page = await platform.ask(
      `/v1/apps/${demoApp}/oauth/authorize-url?redirect_uri=${redirect}&scope=snsapi_userinfo&state=s1`,
    );
    const { redirect_url } = await wechat.control<{ redirect_url: string }>('POST', '/people/xiaoming/authorize', {
      url: page.body.url,
    });
    const code = new URL(redirect_url).searchParams.get('code');

    const login = await platform.ask(`/v1/apps/${demoApp}/oauth/exchange`, { method: 'POST', body: { code } });
    await wechat.passes(7_300);
    const profile = `/v1/apps/${demoApp}/oauth/users/${String(login.body.openid)}`;
    const again = await platform.ask(profile);
    const body = { forward_proxy: 'http://127.0.0.1:9' };
    await platform.gateway.admin(`/apps/${demoPlatform}`, { method: 'PATCH', body });
    const nowhere = await platform.ask(profile);

    expect(page.body.url).toContain(`&state=s1&component_appid=${demoPlatform}#wechat_redirect`);
    expect([login.status, login.body.user]).toMatchObject([200, { nickname: '王小明' }]);
    expect([again.status, again.body.nickname]).toEqual([200, '王小明']);
    expect([nowhere.status, nowhere.body.code]).toEqual([503, 'wechat_unreachable']);
    expect(await wechat.calls('/sns/oauth2/component/access_token')).toBe(1);
    // The token of the platform had ended as well: it was replaced, and the call repeated.
    expect(await wechat.calls('/sns/oauth2/component/refresh_token')).toBe(2);
  });

  it('logs people in by a scan of its code', async () => {
    const platform = await authorized(demoApp);
    const begun = await platform.ask(`/v1/apps/${demoApp}/qr-logins`, {
      method: 'POST',
      body: { binding: 'session-1', confirm: 'none' },
    });
    await platform.wechat.control('POST', '/people/xiaoming/scan', { content: begun.body.qr_content });

    const state = await until(
      () => platform.gateway.ask(`/v1/qr-logins/${String(begun.body.id)}`, { key: String(begun.body.poll_token) }),
      ({ body }) => body.status === 'confirmed',
    );
    const who = await platform.ask('/v1/qr-logins/redeem', {
      method: 'POST',
      body: { login_code: state.body.login_code, binding: 'session-1' },
    });

    expect([begun.status, who.status, who.body.appid]).toEqual([201, 200, demoApp]);
  });

  it('makes codes, lists its followers, writes to them and signs pages', async () => {
    const platform = await authorized(demoApp);
    const { gateway } = platform;
    await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { jsapi_url_prefixes: ['https://shop.example.com/'] } });
    await platform.wechat.control('POST', '/people/xiaoming/say', { appid: demoApp, text: 'hello' });

    const code = await platform.ask(`/v1/apps/${demoApp}/qr-codes`, { method: 'POST', body: { scene: 'abc' } });
    const followers = await platform.ask(`/v1/apps/${demoApp}/users`);
    const [{ openid } = {}] = (await platform.ask(`/v1/apps/${demoApp}/events?type=message.text`)).body.items as {
      openid?: string;
    }[];
    const sent = await platform.ask(`/v1/apps/${demoApp}/customer-messages`, {
      method: 'POST',
      body: { touser: openid, msgtype: 'text', text: { content: 'hi' } },
    });
    const page = await platform.ask(`/v1/apps/${demoApp}/jsapi-signature?url=${encodeURIComponent('https://shop.example.com/')}`);

    expect([code.status, followers.status, sent.status, page.status]).toEqual([201, 200, 201, 200]);
  });

  it('is a mini program that logs people in and makes codes', async () => {
    const platform = await authorized(demoProgram);
    const { code } = await platform.wechat.control<{ code: string }>('POST', '/people/xiaoming/mini-login', {
      appid: demoProgram,
    });

    const session = await platform.ask(`/v1/apps/${demoProgram}/mini-program/sessions`, {
      method: 'POST',
      body: { js_code: code },
    });
    const image = await platform.ask(`/v1/apps/${demoProgram}/mini-program/codes`, {
      method: 'POST',
      body: { type: 'unlimited', scene: 'abc' },
    });

    expect([session.status, image.status]).toEqual([200, 200]);
    expect(await platform.wechat.calls('/sns/component/jscode2session')).toBe(1);
  });

  it('is told alive or dead as any app: a token killed by others is replaced once', async () => {
    const platform = await authorized(demoApp);
    const dead = String((await platform.read(demoApp)).body.access_token);
    await platform.wechat.control('POST', `/platforms/${demoPlatform}/kill-tokens`, { authorizer: demoApp });

    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        platform.ask(`/v1/apps/${demoApp}/access-token/rejections`, { method: 'POST', body: { access_token: dead } }),
      ),
    );

    const tokens = new Set(answers.map(({ body }) => body.access_token));
    expect([tokens.size, tokens.has(dead)]).toEqual([1, false]);
    expect(await platform.wechat.calls('/cgi-bin/component/api_authorizer_token')).toBe(1);
  });

  it('is healed through a dead token of the platform, which is replaced once too', async () => {
    const platform = await authorized(demoApp);
    await platform.wechat.control('POST', `/platforms/${demoPlatform}/kill-tokens`);

    const links = await Promise.all(Array.from({ length: 5 }, () => platform.link()));

    expect(links.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(await platform.wechat.calls('/cgi-bin/component/api_component_token')).toBe(2);
  });
});

describe('The tests before a release to the whole network', () => {
  it.each([1, 2, 3, 4, 5])('are answered for the pair %i', async (pair) => {
    const platform = await house();

    const verdict = await platform.wechat.control<{ passed: boolean; steps: { test: string; problem: string | null }[] }>(
      'POST',
      `/platforms/${demoPlatform}/release-tests`,
      { pair },
    );

    expect(verdict.steps.map(({ test, problem }) => [test, problem])).toEqual([
      ['ticket', null],
      ['text', null],
      ['event', null],
      ['api', null],
      ['api', null],
    ]);
    expect(verdict.passed).toBe(true);
    const { gateway } = platform;
    const everything = JSON.stringify([
      await gateway.database.query("SELECT *, encode(raw, 'escape') AS shown FROM event"),
      gateway.logged,
    ]);
    expect(everything).not.toContain('queryauthcode@@@');
    expect((await platform.status()).authorizers).not.toHaveProperty('lost');
  });
});

describe('Many authorizers', () => {
  it('of two platforms are refreshed together within the pace, and a frozen platform stops only its own', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({
      withoutJobs: ['token-renewal'],
      env: { ...wechat.env, RENEWALS_PER_SECOND: '50' },
    });
    const twin = await gateway.twin();
    const one = await TestPlatform.register(wechat, gateway, { scopes });
    const two = await TestPlatform.register(wechat, gateway, { scopes, appid: 'wxdec0de0000000005' });
    const authorizers = Array.from({ length: 100 }, (_, at) => `wx00000000000001${at.toString(16).padStart(2, '0')}`);
    await Promise.all(authorizers.map((appid) => wechat.control('POST', '/apps', { appid, kind: 'official_account' })));
    for (const [at, authorizer] of authorizers.entries())
      await (at % 2 ? one : two).authorize(authorizer, { permission_sets: [1] });
    await until(
      async () => [(await one.status()).authorizers, (await two.status()).authorizers],
      ([first, second]) => [first, second].every((seen) => (seen as { authorized?: number }).authorized === 50),
      60_000,
    );
    await two.change({ is_frozen: true });
    await gateway.database.query('UPDATE credential SET renew_at = now()');
    await gateway.database.query('CREATE TABLE before AS SELECT appid, kind, fence FROM credential');
    const refreshed = async (platform: TestPlatform) =>
      gateway.database.query<{ appid: string }>(
        `SELECT app.appid FROM credential JOIN app USING (appid) JOIN before ON (before.appid, before.kind) = (app.appid, credential.kind)
          WHERE platform = $1 AND credential.kind = 'authorizer_access_token' AND credential.fence > before.fence AND failures = 0
            AND leased_until IS NULL`,
        [platform.appid],
      );

    const begun = Date.now();
    const tick = () => Promise.all([gateway, twin].map((each) => each.gateway.app.get(Credentials).renewDue()));
    await until(
      async () => {
        await tick();
        return (await refreshed(one)).length;
      },
      (done) => done === 50,
      60_000,
    );
    await tick();
    const seconds = (Date.now() - begun) / 1_000;
    const calls = await wechat.calls('/cgi-bin/component/api_authorizer_token');

    expect(calls).toBeLessThanOrEqual(100);
    expect(calls / seconds).toBeLessThanOrEqual(60);
    expect(await refreshed(two)).toEqual([]);
    const attention = await gateway.database.query<{ platform: string }>(
      'SELECT DISTINCT app.platform FROM credential JOIN app USING (appid) WHERE attention_at IS NOT NULL AND app.platform IS NOT NULL',
    );
    expect(attention.map(({ platform }) => platform)).toEqual([two.appid]);

    await two.change({ is_frozen: false });
    await gateway.admin(`/apps/${two.appid}/check`, { method: 'POST' });
    await until(
      async () => {
        await tick();
        return (await refreshed(two)).length;
      },
      (done) => done === 50,
      60_000,
    );
  }, 180_000);
});

describe('The tickets of a platform', () => {
  it('are watched: their absence is told once at each step, and WeChat is asked for them', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: wechat.env });
    const twin = await gateway.twin();
    const platform = await TestPlatform.register(wechat, gateway, { scopes });
    await platform.change({ pushes_tickets: false, event_url: null });
    const watch = async () => {
      for (const one of [gateway, twin, gateway]) await one.gateway.app.get(TicketWatch).run();
    };
    const age = (minutes: number) =>
      gateway.database.query(`UPDATE platform SET kept_at = now() - make_interval(mins => ${minutes})`);
    const told = () => [...gateway.logged, ...twin.logged].filter((line) => line.includes('TicketWatch')).length;

    const lines: [number, unknown][] = [];
    for (const minutes of [29, 31, 121, 721]) {
      await age(minutes);
      await watch();
      lines.push([told(), ((await platform.status()).ticket as { status: string }).status]);
    }
    const check = await gateway.admin(`/apps/${demoPlatform}/check`, { method: 'POST' });
    const metrics = (await gateway.seenMetrics()).text.split('\n').filter((line) => line.startsWith('wx_platform'));
    await platform.change({ event_url: `${gateway.url}/callbacks/${demoPlatform}` });
    await wechat.control('POST', `/platforms/${demoPlatform}/push-ticket`);
    await watch();

    expect(lines).toEqual([
      [0, 'ok'],
      [1, 'warning'],
      [2, 'alarm'],
      [3, 'expired'],
    ]);
    expect(await wechat.calls('/cgi-bin/component/api_start_push_ticket')).toBe(1);
    expect(check.body.checks).toContainEqual(expect.objectContaining({ check: 'component_ticket', status: 'problem' }));
    expect(metrics).toContain(`wx_platform_ticket_expires_in_seconds{platform="${demoPlatform}"} 0`);
    expect((await platform.status()).ticket).toMatchObject({ status: 'ok', push_answer: 'ok' });
  });
});

describe('An authorizer of two platforms', () => {
  it('speaks through the first, and through the other when that is taken back', async () => {
    const one = await authorized(demoApp);
    const { wechat, gateway } = one;
    const two = await TestPlatform.register(wechat, gateway, { scopes, appid: 'wxdec0de0000000005' });
    await two.authorize(demoApp);
    await two.hasStatus(demoApp, 'authorized');
    const speaksThrough = async () => (await gateway.admin(`/apps/${demoApp}`)).body.platform;
    const before = [await speaksThrough(), (await one.read(demoApp)).status];

    await wechat.passes(5);
    await one.revoke(demoApp);
    await one.hasStatus(demoApp, 'revoked');
    await gateway.hearChanges();
    const token = await until(
      () => one.read(demoApp),
      ({ status }) => status === 200,
    );

    expect(before).toEqual([one.appid, 200]);
    expect(await speaksThrough()).toBe(two.appid);
    expect(await wechat.takes(String(token.body.access_token))).toBe(true);
    expect(await two.authorizer(demoApp)).toMatchObject({ status: 'authorized' });
  });

  it('that is registered here goes on with its own secret', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await wechat.registerIn(gateway);
    const before = (await platform.read(demoApp)).body.access_token;

    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');

    expect((await gateway.admin(`/apps/${demoApp}`)).body).toMatchObject({ kind: 'official_account', platform: null });
    expect((await platform.read(demoApp)).body.access_token).toBe(before);
  });
});

describe('The nightly comparison', () => {
  it('is made by one of the replicas, and shows what differs', async () => {
    const platform = await authorized(demoApp);
    const { wechat, gateway } = platform;
    const twin = await gateway.twin();
    await platform.authorize(demoProgram, { withhold: true });
    await wechat.passes(5);
    await platform.revoke(demoApp, '?withhold=true');
    await gateway.database.query("UPDATE platform SET compare_at = now() - interval '1 second'");
    const before = await wechat.calls('/cgi-bin/component/api_get_authorizer_list');

    await Promise.all([gateway, twin].map((each) => each.gateway.app.get(PlatformJobs).compare()));

    expect((await wechat.calls('/cgi-bin/component/api_get_authorizer_list')) - before).toBe(1);
    expect((await platform.status()).comparison).toMatchObject({
      listed: 1,
      differences: [
        { appid: demoProgram, difference: 'unknown_here', healed: false },
        { appid: demoApp, difference: 'missing_at_wechat', healed: false },
      ],
    });
  });
});

describe('A stranger', () => {
  it('has WeChat asked nothing by coming back without a link of ours, and a few times with one', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const { body } = await platform.link();
    const link = new URL(new URL(String(body.mobile_url)).searchParams.get('redirect_uri') ?? '').searchParams.get('link') ?? '';
    const land = (query: string) => gateway.ask(`/platforms/${demoPlatform}/authorized?${query}`);

    const without = await Promise.all([
      land('auth_code=junk'),
      land('auth_code=junk&link=nobodymadethis'),
      land('link=x&of=wechat'),
      land('link=x&link=y&auth_code=1'),
    ]);
    const asked = await wechat.calls('/cgi-bin/component/api_query_auth');
    const pages = [];
    for (let turn = 0; turn < 8; turn++) pages.push((await land(`auth_code=junk${turn}&link=${link}`)).text);

    expect(without.every(({ status, text }) => status === 200 && text.includes('链接无效'))).toBe(true);
    expect(asked).toBe(0);
    expect(pages.filter((page) => page.includes('授权没有完成'))).toHaveLength(5);
    expect(await wechat.calls('/cgi-bin/component/api_query_auth')).toBe(5);
  });

  const junk = async (platform: TestPlatform, redirectUrl: string, headers: Record<string, string> = {}): Promise<string[]> => {
    const pages: string[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const url = new URL(redirectUrl);
      url.searchParams.set('auth_code', `junk${JSON.stringify(headers).length}-${turn}`);
      pages.push((await platform.gateway.ask(url.pathname + url.search, { headers })).text);
    }
    return pages;
  };
  const cookieOf = (page: Answer): string => page.headers.get('set-cookie')?.split(';')[0] ?? '';

  it('spends nothing of a link that belongs to the browser which opened its page', async () => {
    const platform = await house();
    const { gateway, wechat } = platform;
    const { body } = await platform.link();
    const preview = await gateway.ask(new URL(String(body.pc_url)).pathname, { headers: { 'user-agent': 'SkypeUriPreview' } });
    const page = await platform.comeBack(String(body.pc_url));
    const again = await platform.comeBack(String(body.pc_url));
    const target = /href="([^"]+componentloginpage[^"]+)"/.exec(page.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const agreed = await platform.agree(demoApp, target, { referer: `${gateway.url}/`, withhold: true });

    const pages = [
      ...(await junk(platform, agreed.redirect_url)),
      ...(await junk(platform, agreed.redirect_url, { cookie: cookieOf(page).replace(/=.*/, `=${'x'.repeat(43)}`) })),
    ];
    const { pathname, search } = new URL(agreed.redirect_url);
    const landed = await gateway.ask(pathname + search, { headers: { cookie: cookieOf(page) } });

    expect([preview, page, again].map(({ status, text }) => [status, text.includes('前往微信授权')])).toEqual(
      Array(3).fill([200, true]),
    );
    expect([preview, page, again].map((one) => cookieOf(one).length > 43)).toEqual([false, true, false]);
    expect(page.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    expect(landed.text).toContain('授权成功');
    expect(pages.filter((one) => one.includes('授权没有完成'))).toHaveLength(5);
    expect(await wechat.calls('/cgi-bin/component/api_query_auth')).toBe(6);
  });

  it('does not keep a person on a phone from being told what the event has told already', async () => {
    const platform = await house();
    const { body } = await platform.link();
    const agreed = await platform.agree(demoApp, String(body.mobile_url));
    await platform.hasStatus(demoApp, 'authorized');

    await junk(platform, agreed.redirect_url);

    expect((await platform.comeBack(agreed.redirect_url)).text).toContain('授权成功');
  });
});
