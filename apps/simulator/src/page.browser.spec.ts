import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { openChromium } from '../test/chromium.js';
import { Driver, officialAccount, website } from '../test/driver.js';
import { PlatformHouse } from '../test/platform-house.js';
import { Receiver } from '../test/receiver.js';
import { messageXml } from './push-message.js';

const { appid, originalId } = officialAccount;
let browser: Browser;
let wechat: Driver;
let site: Receiver;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  [wechat, site] = await Promise.all([Driver.start(), Receiver.start()]);
  await wechat.control('PUT', `/_sim/apps/${appid}/callback`, { url: site.url, mode: 'plain' });
  complaints = [];
  page = await browser.newPage({ locale: 'zh-CN', viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(8000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(wechat.url);
  await page.waitForSelector('body[data-ready]');
});
afterEach(async () => {
  await page.close();
  await Promise.all([wechat.close(), site.close()]);
  expect(complaints).toEqual([]);
});

describe('the page', () => {
  it('chats: what is written is pushed, and the reply is shown', async () => {
    site.reaction = ({ url }, response) =>
      void response.end(
        messageXml({
          ToUserName: url.searchParams.get('openid'),
          FromUserName: originalId,
          CreateTime: 1,
          MsgType: 'text',
          Content: '你好，<b>小明</b> https://example.com/a',
        }),
      );

    await page.fill('#words', '在吗？');
    await page.press('#words', 'Enter');
    await page.waitForSelector('#messages .theirs');

    expect(await page.textContent('#messages .mine')).toBe('在吗？');
    expect(await page.textContent('#messages .theirs')).toBe('你好，<b>小明</b> https://example.com/a');
    expect(await page.getAttribute('#messages .theirs a', 'href')).toBe('https://example.com/a');
    await page.waitForSelector('#journal .push');
  });

  it('follows and unfollows, and changes the holder of the phone', async () => {
    await page.selectOption('#person', 'hanmeimei');
    await page.locator('#follow', { hasText: /^关注$/ }).waitFor();
    await page.click('#follow');
    await page.locator('#follow', { hasText: '取消关注' }).waitFor();

    expect(site.pushes.at(-1)?.body).toContain('subscribe');
  });

  it('scans a code that is live', async () => {
    const token = String((await wechat.stableToken())['access_token']);
    await wechat.post(`/cgi-bin/qrcode/create?access_token=${token}`, {
      expire_seconds: 600,
      action_name: 'QR_STR_SCENE',
      action_info: { scene: { scene_str: 'login-1' } },
    });
    await page.click('[data-screen=scan]');
    await page.click('#codes button:has-text("login-1")');
    await page.locator('#scan-result', { hasText: 'SCAN' }).waitFor();

    expect(site.pushes.at(-1)?.body).toContain('<EventKey><![CDATA[login-1]]></EventKey>');
    await page.click('[data-screen=chat]');
    await page.waitForSelector('#messages .event:has-text("SCAN · login-1")');
  });

  it('opens a site with WeChat’s User-Agent, asks for consent, and brings the code back to it', async () => {
    const seen: { path: string; agent: string }[] = [];
    site.reaction = () => undefined;
    const shop = await Receiver.start();
    shop.answerGet = ({ url, headers }, response) => {
      seen.push({ path: url.pathname, agent: String(headers['user-agent']) });
      const back = new URL('/back', shop.url).href;
      if (url.pathname === '/back')
        response.setHeader('x-frame-options', 'DENY').end(`<p id="done">code ${url.searchParams.get('code')}</p>`);
      else response.writeHead(302, { location: wechat.authorizeUrl({ redirect: back }) }).end();
    };

    await page.click('[data-screen=browser]');
    await page.fill('#address', shop.url);
    await page.press('#address', 'Enter');
    const frame = page.frameLocator('#frame');
    await frame.locator('button[value=allow]').click();
    const done = await frame.locator('#done').textContent();
    await shop.close();

    expect(done).toMatch(/^code 0\w{31}$/);
    expect(seen.map(({ path }) => path)).toEqual(['/callback', '/back']);
    expect(seen.every(({ agent }) => agent.includes('MicroMessenger'))).toBe(true);
  });

  it('confirms a website login that waits in another browser', async () => {
    const elsewhere = await browser.newPage();
    await elsewhere.goto(wechat.authorizeUrl({ scope: 'snsapi_login', appid: website.appid, redirect: site.url }));
    const content = String(await elsewhere.getAttribute('.card img', 'alt'));
    await page.click('[data-screen=scan]');
    await page.fill('#content', content);
    await page.click('#scan-form .go');
    await page.frameLocator('#frame').locator('button[value=allow]').click();

    await elsewhere.waitForURL(/callback\?code=0\w{31}&state=s1/);
    await elsewhere.close();
  });

  it('shows tokens alive and dead, and kills them', async () => {
    await wechat.stableToken();
    await page.waitForSelector('.tokens .alive');
    await page.click('article button');
    await page.waitForSelector('.tokens .dead');

    expect(await page.locator('.tokens .alive').count()).toBe(0);
  });

  it('lets an administrator authorise a platform from a page of its domain, and shows who has', async () => {
    const house = new PlatformHouse(wechat, site);
    const link = await house.link(await house.open(), 'auth_type=1', '/cgi-bin/componentloginpage?', site.url);
    site.answerGet = (_received, response) =>
      void response.setHeader('content-type', 'text/html').end(`<a href="${link.replaceAll('&', '&amp;')}">authorise</a>`);
    const elsewhere = await browser.newPage();
    await elsewhere.goto(site.url);
    await elsewhere.click('a');
    await elsewhere.uncheck('input[value="3"]');
    await elsewhere.click('button.go');

    await elsewhere.waitForURL(/callback\?auth_code=queryauthcode%40%40%40[\w-]{70}&expires_in=600/);
    await elsewhere.close();
    await page.locator('article', { hasText: `${appid}: 1 2 4 6 7 11 15` }).waitFor();
  });

  it('moves the clock', async () => {
    const before = await page.textContent('#clock');
    await page.click('[data-advance="7200"]');
    await page.locator('#clock', { hasNotText: String(before) }).waitFor();
    expect(await page.textContent('#clock')).not.toBe(before);
  });

  it('speaks English too, and remembers', async () => {
    await page.click('#language');
    expect(await page.textContent('h1')).toBe('WeChat simulator');
    await page.reload();
    await page.waitForSelector('body[data-ready]');

    expect(await page.textContent('h1')).toBe('WeChat simulator');
  });

  it('does not scroll sideways, on a phone either', async () => {
    for (const width of [1280, 768, 360]) {
      await page.setViewportSize({ width, height: 800 });

      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
  });
});
