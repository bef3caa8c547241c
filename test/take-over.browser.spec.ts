import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { openChromium } from './support/chromium.js';
import { afterThisTest } from './support/cleanup.js';
import { LoginHouse, linkIn, phoneAgent } from './support/login-house.js';
import { TestProcess, freePort } from './support/process.js';

const website = 'wxdec0de0000000003';
const otherWebsite = 'wxdec0de0000000033';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

async function context(options: { userAgent?: string } = {}): Promise<BrowserContext> {
  const made = await browser.newContext({ locale: 'zh-CN', ...options });
  made.setDefaultTimeout(15_000);
  afterThisTest(() => made.close());
  return made;
}

/** The demo site behind the gateway; all browsers have one address and one user agent. */
async function openSite(): Promise<{ house: LoginHouse; site: string }> {
  const port = await freePort();
  const house = await LoginHouse.build({ origins: [`http://127.0.0.1:${port}`] });
  const env = { GATEWAY_URL: house.gateway.url, API_KEY: house.key, PORT: port };
  const site = await TestProcess.start('apps/demo-site/server.mjs', { env }).says(/The demo site is at (\S+)/);
  return { house, site };
}

describe('An attacker who begins a login and sends its address to somebody with the same network address and device', () => {
  it.each([
    ['before', true],
    ['after', false],
  ])('and opens it too %s they do, learns nothing of whom they are', async (_, attackerIsFirst) => {
    const { house, site } = await openSite();
    const [attacker, victim] = [await context(), await context()];
    const begun = await attacker.request.get(`${site}/scan`, { maxRedirects: 0 });
    const address = begun.headers().location ?? '';
    const [attackers, victims] = [await attacker.newPage(), await victim.newPage()];
    if (attackerIsFirst) await attackers.goto(address);
    await victims.goto(address);
    if (!attackerIsFirst) await attackers.goto(address);

    // Whoever has the code shows it to the victim, who agrees.
    const codes = await house.gateway.database.query<{ qr_content: string }>('SELECT qr_content FROM qr_login');
    expect(codes).toHaveLength(1);
    if (!attackerIsFirst) {
      const message = await house.scan('xiaoming', codes[0] ?? { qr_content: '' });
      const phone = await context({ userAgent: phoneAgent });
      await phone.addCookies([{ name: 'wechat_person', value: 'xiaoming', url: house.wechat.url }]);
      const confirm = await phone.newPage();
      await confirm.goto(linkIn(message));
      await confirm.click('button[value=agree]');
      await victims.waitForURL(/\/scanned/);
    }

    const openid = await house.openid('xiaoming');
    const late = attackerIsFirst ? victims : attackers;
    await Promise.race([late.getByText('已失效').waitFor(), late.waitForURL(/\/scanned/)]);
    expect(await late.content()).not.toContain(openid);
    expect(await late.content()).toContain('error=expired');
    await late.reload();
    expect(await late.content()).not.toContain(openid);
  });
});

describe('An attacker who may open the login window of one app', () => {
  it('is handed no code of another app, whose address they write by hand', async () => {
    const { house, site } = await openSite();
    await house.wechat.control('POST', '/apps', { appid: otherWebsite, kind: 'website' });
    for (const appid of [website, otherWebsite]) await house.wechat.registerIn(house.gateway, {}, appid);
    const { key: othersKey } = await house.gateway.makeKey({ scopes: ['oauth'], appids: [otherWebsite] });
    const query = new URLSearchParams({ origin: site, state: 's' });
    const { body } = await house.gateway.ask(`/v1/apps/${website}/oauth/popup-url?${query.toString()}`, { key: house.key });
    const url = String(body.url).replace(website, otherWebsite);
    const path = '/people/zhangwei/authorize';
    const { redirect_url } = await house.wechat.control<{ redirect_url: string }>('POST', path, { url });
    const attacker = await context();
    const page = await attacker.newPage();
    await page.goto(site);
    await page.evaluate('window.heard = []; window.addEventListener("message", (event) => heard.push(event.data))');

    await page.evaluate(`void window.open(${JSON.stringify(redirect_url)})`);
    await page.waitForFunction('window.heard.length > 0');

    const heard = JSON.stringify(await page.evaluate('window.heard'));
    expect(heard).not.toContain(new URL(redirect_url).searchParams.get('code'));
    for (const [, code] of heard.matchAll(/"code":"([^"]+)"/g))
      for (const [appid, key] of [
        [website, house.key],
        [otherWebsite, othersKey],
      ]) {
        const exchange = `/v1/apps/${appid}/oauth/exchange`;
        expect((await house.gateway.ask(exchange, { method: 'POST', key: key ?? '', body: { code } })).status).not.toBe(200);
      }
  });
});
