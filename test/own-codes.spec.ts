import { describe, expect, it } from '@jest/globals';
import { type Answer, TestGateway } from './support/gateway.js';
import { FetchBrowser } from './support/login-house.js';
import { TestWechat } from './support/wechat.js';

const website = 'wxdec0de0000000003';
const otherWebsite = 'wxdec0de0000000033';
const shop = 'https://shop.example.com';

class House {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly key: string,
  ) {}

  static async build(): Promise<House> {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: wechat.env });
    await wechat.control('POST', '/apps', { appid: otherWebsite, kind: 'website' });
    for (const appid of [website, otherWebsite]) await wechat.registerIn(gateway, {}, appid);
    return new House(wechat, gateway, (await gateway.makeKey({ scopes: ['oauth'] })).key);
  }

  /** Where WeChat's page for a login window is. */
  async popupUrl(): Promise<string> {
    const query = new URLSearchParams({ origin: shop, state: 'f3a9' });
    const { body } = await this.gateway.ask(`/v1/apps/${website}/oauth/popup-url?${query.toString()}`, { key: this.key });
    return String(body.url);
  }

  /** The finish page that WeChat sends a browser to, at the address where this gateway listens. */
  async decide(url: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
    const path = '/people/zhangwei/authorize';
    const { redirect_url } = await this.wechat.control<{ redirect_url: string }>('POST', path, { url, decision });
    const { pathname, search } = new URL(redirect_url);
    return this.gateway.url + pathname + search;
  }

  exchange(code: unknown, { key = this.key, appid = website, at = this.gateway } = {}): Promise<Answer> {
    return at.ask(`/v1/apps/${appid}/oauth/exchange`, { method: 'POST', key, body: { code } });
  }
}

/** What the finish page tells the page that opened it. */
const toldBy = (html: string): Record<string, unknown> | undefined => {
  const text = /data-message="([^"]*)"/.exec(html)?.[1];
  const plain = text?.replace(/&#(\d+);/g, (_, sign) => String.fromCharCode(Number(sign)));
  return plain === undefined ? undefined : (JSON.parse(plain) as Record<string, unknown>);
};

describe('The finish page of a login window', () => {
  it("hands on a code of ours in place of WeChat's, to the origin of the window, which its key exchanges once", async () => {
    const house = await House.build();
    const url = await house.decide(await house.popupUrl());

    const { text } = await new FetchBrowser().open(url);

    const said = toldBy(text);
    expect(said).toEqual({ type: 'wechat-login', code: expect.stringMatching(/^wxgc_[\w-]{40,}$/), state: 'f3a9' });
    expect(text).toContain(`data-origin="${shop}"`);
    expect(text).not.toContain(new URL(url).searchParams.get('code'));
    const { status, body } = await house.exchange(said?.code);
    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: 'snsapi_login', is_snapshot_user: false, user: { nickname: '张伟' } });
    expect((await house.exchange(said?.code)).body).toMatchObject({ status: 409, code: 'code_used' });
  });

  it('is loaded again by its own browser with the same code, and tells nothing to another one', async () => {
    const house = await House.build();
    const url = await house.decide(await house.popupUrl());
    const [owner, other] = [new FetchBrowser(), new FetchBrowser()];

    const first = toldBy((await owner.open(url)).text);
    const again = toldBy((await owner.open(url.split('?')[0] ?? '')).text);

    expect(first?.code).toEqual(expect.stringMatching(/^wxgc_/));
    expect(again).toEqual(first);
    for (const address of [url, url.split('?')[0] ?? '']) {
      const { text } = await other.open(address);
      expect(toldBy(text)).toBeUndefined();
      expect(text).toContain('已失效');
    }
  });

  it('is no place for a code of another app, which stays unspent', async () => {
    const house = await House.build();
    const theirs = await house.decide((await house.popupUrl()).replace(website, otherWebsite));

    const { text } = await new FetchBrowser().open(theirs);

    const code = new URL(theirs).searchParams.get('code');
    expect(toldBy(text)).toEqual({ type: 'wechat-login', code: null, state: 'f3a9', error: 'failed' });
    expect(text).not.toContain(code);
    expect((await house.exchange(code, { appid: otherWebsite })).status).toBe(200);
  });

  it('says that the person refused, and that the window is unknown', async () => {
    const house = await House.build();
    const url = await house.decide(await house.popupUrl(), 'deny');

    expect(toldBy((await new FetchBrowser().open(url)).text)).toEqual({ type: 'wechat-login', code: null, state: 'f3a9' });
    const unknown = await new FetchBrowser().open(url.replace(/finish\/(\w+)\/\w+/, 'finish/$1/4fGh7Kq2LmN8pR1sT6vX0z'));
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it('may be loaded again when WeChat was too busy', async () => {
    const house = await House.build();
    const url = await house.decide(await house.popupUrl());
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'errcode', errcode: -1, count: 1 });
    const owner = new FetchBrowser();

    const busy = await owner.open(url);
    const again = await owner.open(url);

    expect([busy.status, busy.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    expect(busy.text).toContain('重试');
    expect((await house.exchange(toldBy(again.text)?.code)).status).toBe(200);
  });

  it('is not opened by whoever only looks at the address', async () => {
    const house = await House.build();
    const url = await house.decide(await house.popupUrl());

    for (const [method, headers] of [
      ['HEAD', {}],
      ['GET', { 'sec-purpose': 'prefetch' }],
      ['GET', { 'user-agent': 'TelegramBot (like TwitterBot)' }],
    ] as const)
      await fetch(url, { method, headers });

    expect(await house.wechat.calls('/sns/oauth2/access_token')).toBe(0);
    expect(toldBy((await new FetchBrowser().open(url)).text)?.code).toEqual(expect.stringMatching(/^wxgc_/));
  });
});

describe('A code of ours', () => {
  const begin = async (): Promise<{ house: House; code: string }> => {
    const house = await House.build();
    const { text } = await new FetchBrowser().open(await house.decide(await house.popupUrl()));
    return { house, code: String(toldBy(text)?.code) };
  };

  it('is refused to another key and for another app, stays good for its own, and five refusals end it', async () => {
    const { house, code } = await begin();
    const { key: other } = await house.gateway.makeKey({ scopes: ['oauth'] });

    for (const wrong of [{ key: other }, { appid: otherWebsite }])
      expect((await house.exchange(code, wrong)).body).toMatchObject({ status: 403, code: 'code_refused' });
    expect((await house.exchange(code)).status).toBe(200);

    const { house: next, code: tried } = await begin();
    for (let turn = 0; turn < 5; turn++) await next.exchange(tried, { appid: otherWebsite });
    expect((await next.exchange(tried)).body).toMatchObject({ status: 422, code: 'code_invalid' });
  });

  it('works once, whichever of two replicas hear it how often', async () => {
    const { house, code } = await begin();
    const twin = await house.gateway.twin();

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, turn) => house.exchange(code, { at: turn % 2 ? twin : house.gateway })),
    );

    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, ...Array<number>(11).fill(409)]);
  });

  it('lives for a minute, and cannot be made up', async () => {
    const { house, code } = await begin();

    for (const forged of [code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'wxgc_', `wxgc_${'a'.repeat(81)}`])
      expect((await house.exchange(forged)).body).toMatchObject({ status: 422, code: 'code_invalid' });
    await house.gateway.database.query("UPDATE browser_attempt SET code_until = now() - interval '1 second'");
    expect((await house.exchange(code)).body).toMatchObject({ status: 422, code: 'code_invalid' });
  });

  it('is taken by the older call too, from its key alone', async () => {
    const { house, code } = await begin();
    const ask = (key?: string) =>
      house.gateway.ask('/v1/service/wx/getwxuserinfo', {
        method: 'POST',
        key,
        body: { source: 'test', appid: website, code },
      });
    const { key: other } = await house.gateway.makeKey({ scopes: ['oauth'] });

    expect((await ask(other)).status).toBe(403);
    expect((await ask(house.key)).body).toMatchObject({ ret: { code: 0 }, body: { nickname: '张伟' } });
  });

  it('leaves no person in the clear, and nothing of one who was erased', async () => {
    const { house, code } = await begin();
    const dump = async () => JSON.stringify(await house.gateway.database.query('SELECT * FROM browser_attempt'));
    const [row] = await house.gateway.database.query<{ openid: string }>('SELECT openid FROM browser_attempt');
    const held = await dump();

    expect(held).not.toContain('张伟');
    for (const secret of [code, 'thirdwx']) expect(held + house.gateway.logged.join('\n')).not.toContain(secret);
    await house.gateway.admin(`/apps/${website}/users/${row?.openid ?? ''}`, { method: 'DELETE' });
    expect(await dump()).toBe('[]');
  });
});
