import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openChromium } from './support/chromium.js';
import { afterThisTest } from './support/cleanup.js';
import { TestGateway } from './support/gateway.js';
import { TestProcess, freePort } from './support/process.js';
import { TestWechat } from './support/wechat.js';

const website = 'wxdec0de0000000003';
const phoneAgent = 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

/** The demo site, the gateway and WeChat, as a person with a computer and a phone meets them. */
class Street {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly site: string,
    readonly computer: BrowserContext,
  ) {}

  static async build(): Promise<Street> {
    const wechat = await TestWechat.start();
    const port = await freePort();
    const gateway = await TestGateway.start({ env: { ...wechat.env, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` } });
    await wechat.registerIn(gateway);
    await wechat.registerIn(gateway, {}, website);
    const { key } = await gateway.makeKey({ scopes: ['oauth'] });
    const demo = TestProcess.start('apps/demo-site/server.mjs', {
      env: { GATEWAY_URL: gateway.url, API_KEY: key, PORT: await freePort() },
    });
    const site = await demo.says(/The demo site is at (\S+)/);
    return new Street(wechat, gateway, site, await Street.context());
  }

  static async context(userAgent?: string): Promise<BrowserContext> {
    const context = await browser.newContext({ locale: 'zh-CN', ...(userAgent !== undefined && { userAgent }) });
    context.setDefaultTimeout(15_000);
    afterThisTest(() => context.close());
    return context;
  }

  async phoneOf(person: string): Promise<Page> {
    const context = await Street.context(phoneAgent);
    await context.addCookies([{ name: 'wechat_person', value: person, url: this.wechat.url }]);
    return context.newPage();
  }

  /** Scans the code that a page of WeChat shows, and decides on the phone. */
  async scan(shown: Page, person: string, decision: 'allow' | 'deny'): Promise<void> {
    const code = new URL((await shown.locator('.card img').getAttribute('alt')) ?? '');
    const phone = await this.phoneOf(person);
    await phone.goto(`${this.wechat.url}${code.pathname}${code.search}`);
    await phone.click(`button[value=${decision}]`);
  }

  /** The site's page, and the window that its button opens. */
  async openWindow(): Promise<{ page: Page; popup: Page }> {
    const page = await this.computer.newPage();
    await page.goto(this.site);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#popup')]);
    await popup.waitForSelector('.card img');
    return { page, popup };
  }
}

const result = (page: Page, text: string): Promise<void> => page.locator('#result', { hasText: text }).waitFor();

describe('A person at a desktop', () => {
  it('logs in by the window: it shows the QR page, hands the code to the site, and closes', async () => {
    const street = await Street.build();
    const { page, popup } = await street.openWindow();
    const size = await popup.evaluate('[innerWidth, innerHeight]');
    const referrers: string[] = [];
    street.computer.on('request', (request) => referrers.push(request.headers().referer ?? ''));
    const closed = popup.waitForEvent('close');

    await street.scan(popup, 'zhangwei', 'allow');

    await result(page, '你好，张伟');
    await closed;
    expect(size).toEqual([800, 460]);
    expect(referrers.filter((referrer) => /code=/.test(referrer))).toEqual([]);
    expect(street.gateway.logged.filter((line) => /code=|[?&]state=/.test(line))).toEqual([]);
  });

  it('who refuses on the phone, or closes the window, is told so by the site', async () => {
    const street = await Street.build();
    const first = await street.openWindow();
    await street.scan(first.popup, 'zhangwei', 'deny');
    await result(first.page, '你拒绝了登录');

    const second = await street.openWindow();
    await second.popup.close();
    await result(second.page, '窗口已关闭');
  });

  it('logs in by going to the QR page and coming back', async () => {
    const street = await Street.build();
    const page = await street.computer.newPage();
    await page.goto(street.site);
    await page.click('a[href*=snsapi_login]');

    await street.scan(page, 'hanmeimei', 'allow');

    await page.getByText('你好，韩梅梅').waitFor();
    expect(page.url()).toMatch(new RegExp(`^${street.site}/back`));
  });

  it("has no code handed to a page that is not the one the site's server named", async () => {
    const street = await Street.build();
    const query = new URLSearchParams({ origin: 'https://shop.example.com', state: 's' });
    const { key } = await street.gateway.makeKey({ scopes: ['oauth'] });
    const { body } = await street.gateway.ask(`/v1/apps/${website}/oauth/popup-url?${query.toString()}`, { key });
    const finish = new URL(String(body.url)).searchParams.get('redirect_uri') ?? '';
    const stranger = await street.computer.newPage();
    await stranger.goto(street.site);
    await stranger.evaluate('window.heard = []; window.addEventListener("message", (event) => heard.push(event.data))');

    const [popup] = await Promise.all([
      stranger.waitForEvent('popup'),
      stranger.evaluate(`void window.open(${JSON.stringify(`${finish}?code=0stolen&state=s`)})`),
    ]);
    await popup.waitForEvent('close').catch(() => undefined);

    expect(await stranger.evaluate('window.heard')).toEqual([]);
    for (const forged of [
      finish.replace(/.$/, 'A'),
      finish.replace(/finish\/[^.]+/, `finish/${Buffer.from(street.site).toString('base64url')}`),
    ])
      if (forged !== finish) expect((await fetch(forged)).status).toBe(404);
  });
});

describe('A person inside WeChat', () => {
  it.each([
    ['with consent', 'snsapi_userinfo', '你好，王小明'],
    ['silently', 'snsapi_base', '你好，o'],
  ])('logs in %s', async (_, scope, greeting) => {
    const street = await Street.build();
    const phone = await street.phoneOf('xiaoming');
    await phone.goto(street.site);

    await phone.click(`a[href*=${scope}]`);
    if (scope === 'snsapi_userinfo') await phone.click('button[value=allow]');

    await phone.getByText(greeting).waitFor();
  });
});
