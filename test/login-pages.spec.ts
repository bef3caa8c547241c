import { describe, expect, it } from '@jest/globals';
import { TestGateway } from './support/gateway.js';
import { FetchBrowser, LoginHouse } from './support/login-house.js';
import { demoApp } from './support/wechat.js';

const shop = 'https://shop.example.com';
const create = '/cgi-bin/qrcode/create';
const over = `href="${shop}/back?error=expired&#38;state=f3a9"`;

const build = (env: Record<string, string> = {}): Promise<LoginHouse> => LoginHouse.build({ origins: [shop], env });

/** What a page says of itself, to its script. */
const factsOf = (html: string): Record<string, unknown> =>
  JSON.parse(
    (/data-login="([^"]*)"/.exec(html)?.[1] ?? '{}').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
  ) as Record<string, unknown>;

const stateOf = async (browser: FetchBrowser, url: string): Promise<{ status: number; body: Record<string, unknown> }> => {
  const { status, text } = await browser.open(`${url}/state`, { accept: 'application/json' });
  return { status, body: JSON.parse(text) as Record<string, unknown> };
};

const codeOn = async (house: LoginHouse): Promise<{ qr_content: string }> => {
  const [login] = await house.gateway.database.query<{ qr_content: string }>(
    'SELECT qr_content FROM qr_login ORDER BY round DESC LIMIT 1',
  );
  return login ?? { qr_content: '' };
};

describe('A login page', () => {
  it('is made without asking WeChat, for addresses of the origins of the key alone', async () => {
    const house = await build();
    const ask = (wanted: Record<string, unknown>) =>
      house.ask(`/v1/apps/${demoApp}/login-pages`, { binding: 'b', return_to: `${shop}/back`, ...wanted });

    const { status, body } = await ask({});

    expect(status).toBe(201);
    expect(body).toEqual({
      url: expect.stringContaining(`${house.gateway.url}/login/`),
      expires_at: expect.stringMatching(/Z$/),
    });
    expect(Math.abs(Date.parse(String(body.expires_at)) - Date.now() - 120_000)).toBeLessThan(5_000);
    const evil = 'https://shop.example.com.evil.example.com';
    expect((await ask({ return_to: `${evil}/`, frame_origin: evil })).body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ path: 'return_to' }, { path: 'frame_origin' }],
    });
    for (const wrong of [
      { return_to: 'javascript:alert(1)' },
      { frame_origin: `${shop}/page` },
      { binding: '' },
      { state: '二' },
    ])
      expect((await ask(wrong)).status).toBe(400);
    const { key } = await house.gateway.makeKey({ scopes: ['qr'], origins: [shop] });
    expect((await house.ask(`/v1/apps/${demoApp}/login-pages`, { binding: 'b', return_to: shop }, { key })).status).toBe(403);
    expect(await house.wechat.calls(create)).toBe(0);
  });

  it('belongs to the first browser that opens it, which may load it again; any other is shown the way back', async () => {
    const house = await build();
    const url = await house.page();
    const [owner, other] = [new FetchBrowser(), new FetchBrowser()];

    const first = await owner.open(url);
    const second = await other.open(url);
    const again = await owner.open(url);

    expect(first.text).toContain('<svg');
    expect(factsOf(again.text)).toMatchObject({ id: factsOf(first.text).id, digits: factsOf(first.text).digits });
    expect(second.text).toContain(over);
    expect(second.text).not.toContain('<svg');
    expect((await stateOf(owner, url)).body).toMatchObject({ status: 'pending', renewals_left: 0 });
    expect((await stateOf(other, url)).status).toBe(401);
    expect(await house.wechat.calls(create)).toBe(1);
  });

  it('is neither opened nor spent by HEAD, prefetches and previews of links', async () => {
    const house = await build();
    const url = await house.page();
    const looks: [string, Record<string, string>][] = [
      ['HEAD', {}],
      ['GET', { 'sec-purpose': 'prefetch;prerender' }],
      ['GET', { purpose: 'prefetch' }],
      ['GET', { 'x-moz': 'prefetch' }],
      ['GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }],
      ['GET', { 'user-agent': 'facebookexternalhit/1.1' }],
    ];

    for (const [method, headers] of looks) {
      const answer = await fetch(url, { method, headers: { accept: 'text/html', ...headers } });
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await answer.text()).not.toContain('<svg');
      // What was fetched ahead is shown later, unless its status says that it failed.
      expect(answer.status).toBe(method === 'GET' && !('user-agent' in headers) ? 503 : 200);
    }

    expect(await house.wechat.calls(create)).toBe(0);
    expect((await new FetchBrowser().open(url)).text).toContain('<svg');
  });

  it('that has an address which no database column takes is not found, and so is such a window', async () => {
    const gateway = await TestGateway.start();

    const statuses: number[] = [];
    for (const path of ['login/pages/{}', 'login/pages/{}/state', 'widgets/finish/{}'])
      for (const id of ['a%00b', `${'a'.repeat(21)}%00`])
        statuses.push((await gateway.ask(`/${path.replace('{}', `${demoApp}/${id}`)}`)).status);

    expect(statuses.map((status) => status >= 400 && status < 500)).toEqual(statuses.map(() => true));
  });

  it('that nobody opened in time is over', async () => {
    const house = await build();
    const url = await house.page();
    await house.gateway.database.query("UPDATE browser_attempt SET expires_at = now() - interval '1 second'");

    const { text } = await new FetchBrowser().open(url);

    expect(text).toContain(over);
    expect(await house.wechat.calls(create)).toBe(0);
  });

  it('is opened by one of thirty browsers that come together, on two replicas, and asks WeChat once', async () => {
    const house = await build();
    const twin = await house.twin();
    const url = await house.page();
    const there = url.replace(house.gateway.url, twin.url);
    const browsers = Array.from({ length: 30 }, () => new FetchBrowser());

    const shown = await Promise.all(browsers.map((one, turn) => one.open(turn % 2 ? url : there)));

    expect(shown.filter(({ text }) => text.includes('<svg'))).toHaveLength(1);
    expect(shown.filter(({ text }) => text.includes(over))).toHaveLength(29);
    expect(await house.wechat.calls(create)).toBe(1);
  });

  it('renews an expired code five times, once however often it is loaded, and then ends', async () => {
    const house = await build();
    const twin = await house.twin();
    const url = await house.page();
    const owner = new FetchBrowser();
    await owner.open(url);
    const expire = () => house.gateway.database.query("UPDATE qr_login SET expires_at = now() - interval '1 second'");

    for (let renewed = 1; renewed <= 5; renewed++) {
      await expire();
      expect((await stateOf(owner, url)).body).toMatchObject({ status: 'expired', renewals_left: 6 - renewed });
      const there = url.replace(house.gateway.url, twin.url);
      const pages = await Promise.all([url, there, url, there].map((one) => owner.open(one)));
      expect(new Set(pages.map(({ text }) => factsOf(text).id)).size).toBe(1);
      expect(await house.wechat.calls(create)).toBe(1 + renewed);
    }

    await expire();
    await owner.open(url);
    expect((await stateOf(owner, url)).body).toMatchObject({ status: 'expired', renewals_left: 0 });
    expect(await house.wechat.calls(create)).toBe(6);
  });

  it('logs in whom the service redeems it for, with the binding of its own session', async () => {
    const house = await build();
    const url = await house.page();
    const owner = new FetchBrowser();
    await owner.open(url);

    await house.decide('xiaoming', await house.scan('xiaoming', await codeOn(house)), 'agree');

    const { body } = await stateOf(owner, url);
    expect(body).toMatchObject({ status: 'confirmed', login_code: expect.any(String) });
    expect((await house.redeem(body.login_code, { binding: 'another' })).status).toBe(403);
    expect((await house.redeem(body.login_code)).body).toMatchObject({ openid: await house.openid('xiaoming') });
    expect((await stateOf(owner, url)).body.status).toBe('redeemed');
  });

  it('shows two digits, and the phone the same', async () => {
    const house = await build();
    const owner = new FetchBrowser();
    const { digits } = factsOf((await owner.open(await house.page())).text);
    const message = await house.scan('xiaoming', await codeOn(house));

    const phone = await house.confirmPage('xiaoming', message);

    expect(digits).toMatch(/^\d\d$/);
    expect(phone).toContain(`<p class="digits">${String(digits)}</p>`);
  });

  it('shows nothing once its key has ended, or lost the origin', async () => {
    const house = await build();
    const [narrowed, ended] = [await house.page(), await house.page()];
    await house.gateway.admin(`/api-keys/${house.keyId}`, { method: 'PATCH', body: { origins: [] } });
    const { text } = await new FetchBrowser().open(narrowed);
    await house.gateway.admin(`/api-keys/${house.keyId}`, { method: 'DELETE' });

    for (const shown of [text, (await new FetchBrowser().open(ended)).text]) {
      expect(shown).toContain('已失效');
      expect(shown).not.toMatch(/<svg|shop\.example\.com/);
    }
  });

  it('is a page also where it fails: in Chinese or English for browsers, a problem for anybody else', async () => {
    const house = await build({ QR_LOGINS_BY_STRANGERS_PER_MINUTE: '1' });
    const [first, second] = [await house.page(), await house.page()];
    await new FetchBrowser().open(first);
    const owner = new FetchBrowser();

    const chinese = await owner.open(second);
    const english = await owner.open(second, { 'accept-language': 'en' });
    const unknown = `${house.gateway.url}/login/pages/${demoApp}/4fGh7Kq2LmN8pR1sT6vX0z`;

    expect([chinese.status, chinese.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect(chinese.text).toContain('请稍后重试');
    expect(english.text).toContain('try again shortly');
    expect((await owner.open(unknown)).text).toContain('这个链接无效');
    expect(JSON.parse((await owner.open(unknown, { accept: '*/*' })).text)).toMatchObject({ code: 'login_page_not_found' });
    // The page is still its own, and works later.
    await house.gateway.database.query('DELETE FROM login_rate');
    expect((await owner.open(second)).text).toContain('<svg');
  });
});

describe('The cookie of a login page', () => {
  it('over plain http has the port in its name, over https the prefix __Host-', async () => {
    const house = await build();
    const secure = await house.gateway.twin({ env: { ...house.wechat.env, PUBLIC_URL: 'https://wx.example.com' } });
    const open = async (wanted: Record<string, unknown>, at = secure) => {
      const { pathname } = new URL(await house.page(wanted, { at }));
      const answer = await fetch(at.url + pathname);
      return { cookie: answer.headers.getSetCookie().join('\n'), policy: answer.headers.get('content-security-policy') };
    };

    const port = new URL(house.gateway.url).port;
    expect((await open({}, house.gateway)).cookie).toMatch(
      new RegExp(`^wx_attempt_\\w{8}_${port}=\\w{43}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Lax$`),
    );
    const plain = await open({});
    expect(plain.cookie).toMatch(/^__Host-wx_attempt_\w{8}=\w{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    expect(plain.policy).toContain("frame-ancestors 'none'");
    const framed = await open({ frame_origin: shop });
    expect(framed.cookie).toMatch(/^__Host-.*; HttpOnly; SameSite=None; Partitioned; Secure$/);
    expect(framed.policy).toContain(`frame-ancestors ${shop}`);
  });

  it('is one of eight at most', async () => {
    const house = await build();
    const browser = new FetchBrowser();

    for (let turn = 0; turn < 12; turn++) await browser.open(await house.page());

    expect([...browser.cookies].filter(([, value]) => value !== '')).toHaveLength(8);
  });
});

describe('A second browser with the address and user agent of the first', () => {
  it.each([
    ['the session of whoever copies', 'attackers-session'],
    ['the session of the person at the page', 'session-1'],
  ])('that copies all it can see of a page begun for %s learns nothing and redeems nothing', async (_, binding) => {
    const house = await build();
    const url = await house.page({ binding });
    const [victim, attacker] = [new FetchBrowser(), new FetchBrowser()];
    const page = await victim.open(url);
    const { id } = factsOf(page.text);
    const openid = await house.openid('xiaoming');
    const answers: string[] = [];
    const attack = async () => {
      for (const address of [url, `${url}?again=1`, `${url}/state`, `${url}/state?known=pending`, page.url])
        answers.push((await attacker.open(address)).text);
      for (const token of [String(id), url.split('/').at(-1) ?? '', (await codeOn(house)).qr_content])
        answers.push((await house.gateway.ask(`/v1/qr-logins/${String(id)}`, { key: encodeURIComponent(token) })).text);
    };

    await attack();
    const message = await house.scan('xiaoming', await codeOn(house));
    await attack();
    await house.decide('xiaoming', message, 'agree');
    await attack();
    const { body } = await stateOf(victim, url);
    await attack();

    expect(body.login_code).toEqual(expect.any(String));
    for (const text of answers) {
      expect(text).not.toContain(openid);
      expect(text).not.toContain('login_code"');
      expect(text).not.toContain(String(body.login_code));
    }
    // What the victim's browser brings to the site is good for the session that the page was begun for alone.
    for (const other of ['attackers-session', 'session-1'].filter((one) => one !== binding))
      expect((await house.redeem(body.login_code, { binding: other })).status).toBe(403);
  });

  it('writes no binding into an address: the form that took one is gone', async () => {
    const house = await build();
    const query = new URLSearchParams({
      key: house.keyId,
      appid: demoApp,
      binding: 'attackers-session',
      return_to: `${shop}/back`,
      state: 's',
    });
    const former = `${house.gateway.url}/login/qr?${query.toString()}`;

    const page = await new FetchBrowser().open(former);

    expect(page.status).toBe(410);
    expect(page.text).toContain('login-pages');
    expect(page.text).not.toContain('<svg');
    const address = (await house.page()) + `?${query.toString()}`;
    await new FetchBrowser().open(address);
    const [login] = await house.gateway.database.query<{ binding_hash: string }>('SELECT binding_hash FROM qr_login');
    const [attempt] = await house.gateway.database.query<{ binding_hash: string }>('SELECT binding_hash FROM browser_attempt');
    expect(login?.binding_hash).toBe(attempt?.binding_hash);
  });
});
