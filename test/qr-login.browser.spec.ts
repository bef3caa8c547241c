import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openChromium } from './support/chromium.js';
import { afterThisTest } from './support/cleanup.js';
import { LoginHouse, linkIn, phoneAgent } from './support/login-house.js';
import { TestProcess, freePort } from './support/process.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

async function context(
  options: { userAgent?: string; viewport?: { width: number; height: number } } = {},
): Promise<BrowserContext> {
  const made = await browser.newContext({ locale: 'zh-CN', ...options });
  made.setDefaultTimeout(15_000);
  afterThisTest(() => made.close());
  return made;
}

/** The demo site, a computer in front of it, and phones. */
class Street {
  private constructor(
    readonly house: LoginHouse,
    readonly site: string,
    readonly computer: BrowserContext,
  ) {}

  static async build(): Promise<Street> {
    const port = await freePort();
    const house = await LoginHouse.build({ origins: [`http://127.0.0.1:${port}`] });
    const env = { GATEWAY_URL: house.gateway.url, API_KEY: house.key, PORT: port };
    const site = await TestProcess.start('apps/demo-site/server.mjs', { env }).says(/The demo site is at (\S+)/);
    return new Street(house, site, await context());
  }

  async open(path = ''): Promise<Page> {
    const page = await this.computer.newPage();
    await page.goto(this.site + path);
    return page;
  }

  /** What the latest login of the gateway shows, scanned by a person; the message in their chat. */
  async scan(person: string, back = 0): Promise<string> {
    const [login] = await this.house.gateway.database.query<{ qr_content: string }>(
      'SELECT qr_content FROM qr_login ORDER BY created_at DESC OFFSET $1 LIMIT 1',
      [back],
    );
    return this.house.scan(person, login ?? { qr_content: '' });
  }

  /** The button that a person presses on the confirm page in their WeChat. */
  async press(person: string, message: string, button: 'agree' | 'deny'): Promise<Page> {
    const page = await this.confirm(person, message);
    await page.click(`button[value=${button}]`);
    return page;
  }

  async confirm(person: string, message: string): Promise<Page> {
    const phone = await context({ userAgent: phoneAgent, viewport: { width: 360, height: 640 } });
    await phone.addCookies([{ name: 'wechat_person', value: person, url: this.house.wechat.url }]);
    const page = await phone.newPage();
    await page.goto(linkIn(message));
    return page;
  }
}

/** Browsers ask every site for a picture of itself, which the demo site has none of. */
const isOurs = (url: string): boolean => !url.endsWith('/favicon.ico');

const status = (page: Page, text: string): Promise<void> => page.locator('#status', { hasText: text }).waitFor();

describe('The login page', () => {
  it.each([
    ['an existing follower', 'xiaoming'],
    ['somebody who only now follows', 'zhangwei'],
  ])('logs in %s, who agrees on the phone', async (_, person) => {
    const street = await Street.build();
    const page = await street.open('/scan');
    await status(page, '扫一扫');
    const complaints: string[] = [];
    page.on(
      'console',
      (message) => void (message.type() === 'error' && isOurs(message.location().url) && complaints.push(message.text())),
    );

    const message = await street.scan(person);
    await status(page, '请在手机上确认');
    const phone = await street.press(person, message, 'agree');

    await page.getByText(`你好，${await street.house.openid(person)}`).waitFor();
    expect(await phone.textContent('.outcome')).toContain('已登录');
    expect(page.url()).toMatch(new RegExp(`^${street.site}/scanned`));
    expect(complaints).toEqual([]);
  });

  it('ends at the site when the person says "not me"', async () => {
    const street = await Street.build();
    const page = await street.open('/scan');
    await status(page, '扫一扫');

    await street.press('xiaoming', await street.scan('xiaoming'), 'deny');

    await page.getByText('你拒绝了登录').waitFor();
  });

  it('ages, expires, and is renewed', async () => {
    const street = await Street.build();
    const page = await street.open('/scan');
    await status(page, '扫一扫');
    await street.house.gateway.database.query("UPDATE qr_login SET expires_at = now() - interval '1 second'");
    await street.house.gateway.database.query("INSERT INTO change (topic, key) SELECT 'qr_login', id FROM qr_login");

    await status(page, '二维码已过期');
    await page.click('#renew');
    await status(page, '扫一扫');
    expect(await page.locator('#renew').isHidden()).toBe(true);
    await street.press('xiaoming', await street.scan('xiaoming'), 'agree');
    await page.getByText('你好，').waitFor();
  });

  it('open in two tabs logs in the one whose session it is', async () => {
    const street = await Street.build();
    const first = await street.open('/scan');
    await status(first, '扫一扫');
    const second = await street.open('/scan');
    await status(second, '扫一扫');

    await street.press('xiaoming', await street.scan('xiaoming'), 'agree');

    await second.getByText('你好，').waitFor();
    await status(first, '扫一扫');
    // The first tab's login is still its own, but the cookie of the site belongs to the second by now.
    await street.press('lilei', await street.scan('lilei', 1), 'agree');
    await first.getByText('another browser').waitFor();
  });

  it('is cancelled by a second scanner', async () => {
    const street = await Street.build();
    const page = await street.open('/scan');
    await status(page, '扫一扫');

    await street.scan('xiaoming');
    await street.scan('lilei');

    await page.getByText('登录已取消').waitFor();
    expect(page.url()).toMatch(/[?&]error=cancelled&state=\w+$/);
  });

  it('goes on when its replica is killed while it waits', async () => {
    const street = await Street.build();
    const page = await street.open('/scan');
    await status(page, '扫一扫');
    const { gateway } = street.house;
    const port = new URL(gateway.url).port;
    await gateway.stop();
    await status(page, '正在重试');
    await gateway.twin({ env: { ...street.house.wechat.env, PORT: port, PUBLIC_URL: gateway.url } });

    await status(page, '扫一扫');
    const message = await street.scan('xiaoming');
    await street.press('xiaoming', message, 'agree');

    await page.getByText('你好，').waitFor();
  });

  it('stands in a frame of the site, which alone is told', async () => {
    const street = await Street.build();
    const page = await street.open();
    await page.click('#frame');
    await page.frameLocator('#place iframe').locator('#status', { hasText: '扫一扫' }).waitFor();

    await street.press('xiaoming', await street.scan('xiaoming'), 'agree');

    await page.locator('#result', { hasText: '你好' }).waitFor();
  });

  it('in a frame tells the site of "not me" as well', async () => {
    const street = await Street.build();
    const page = await street.open();
    await page.click('#frame');
    await page.frameLocator('#place iframe').locator('#status', { hasText: '扫一扫' }).waitFor();

    await street.press('xiaoming', await street.scan('xiaoming'), 'deny');

    await page.locator('#result', { hasText: '你拒绝了登录' }).waitFor();
  });

  it('in a frame whose cookies the browser drops offers to open by itself, and ends at the site', async () => {
    const street = await Street.build();
    // Over plain http only another name makes another site, whose frames the browser gives no cookies.
    let frame = '';
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(frame)).listen(
      0,
      'localhost',
    );
    afterThisTest(() => Promise.resolve(void server.close()));
    await once(server, 'listening');
    const site = `http://localhost:${(server.address() as AddressInfo).port}`;
    const { house } = street;
    const { key } = await house.gateway.makeKey({ scopes: ['login'], origins: [site] });
    const url = await house.page({ return_to: `${site}/back`, state: 's', frame_origin: site }, { key });
    frame = `<iframe src="${url}"></iframe>`;
    const page = await street.computer.newPage();
    await page.goto(`${site}/`);

    await page.frameLocator('iframe').getByText('打开登录页面').click();
    await status(page, '扫一扫');
    await street.press('xiaoming', await street.scan('xiaoming'), 'agree');

    await page.waitForURL(/\/back\?login_code=[^&]+&state=s$/);
  });

  it('shows two digits that the confirm page repeats', async () => {
    const street = await Street.build();
    const page = await street.open('/scan');
    const digits = await page.locator('.digits').textContent();

    const phone = await street.confirm('xiaoming', await street.scan('xiaoming'));

    expect(digits).toMatch(/^\d\d$/);
    expect(await phone.locator('.digits').textContent()).toBe(digits);
  });
});

describe("A page of the site's own", () => {
  it('draws the code and polls by itself', async () => {
    const street = await Street.build();
    const page = await street.open();
    await page.click('#own');
    await page.locator('#result', { hasText: '请扫码' }).waitFor();

    const message = await street.scan('xiaoming');
    await page.locator('#result', { hasText: '请在手机上确认' }).waitFor();
    await street.press('xiaoming', message, 'agree');

    await page.locator('#result', { hasText: '你好' }).waitFor();
  });
});
