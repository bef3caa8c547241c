import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Receiver } from '../test/receiver.js';
import { WechatBrowser, wechatUserAgent } from './wechat-browser.js';

let site: Receiver;
let browser: WechatBrowser;

beforeEach(async () => {
  site = await Receiver.start();
  browser = new WechatBrowser('127.0.0.1');
});
afterEach(() => Promise.all([site.close(), browser.close()]));

describe('WeChat’s browser', () => {
  it('shows the site WeChat’s User-Agent and the origin it knows', async () => {
    const address = await browser.open(`${site.url}?a=1`);
    const { origin } = new URL(address);

    await fetch(address, { method: 'POST', body: 'b', headers: { origin, referer: `${origin}/x` } });

    const [seen] = site.received;
    const own = new URL(site.url);
    expect(seen?.headers).toMatchObject({
      'user-agent': wechatUserAgent,
      host: own.host,
      origin: own.origin,
      referer: `${own.origin}/x`,
    });
    expect([seen?.url.search, seen?.body]).toEqual(['?a=1', 'b']);
  });

  it('lets the site be framed, and keeps the rest of its policy', async () => {
    site.answerGet = (_received, response) =>
      void response
        .setHeader('x-frame-options', 'DENY')
        .setHeader('content-security-policy', "default-src 'self'; frame-ancestors 'none'; img-src *")
        .end();

    const { headers } = await fetch(await browser.open(site.url));

    expect(headers.get('x-frame-options')).toBeNull();
    expect(headers.get('content-security-policy')).toBe("default-src 'self';  img-src *");
  });

  it('keeps redirects within the site behind the door, and lets others go', async () => {
    const own = new URL(site.url).origin;
    const locations = [`${own}/next`, '/next', 'https://example.com/'];
    const seen: (string | null)[] = [];
    for (const location of locations) {
      site.answerGet = (_received, response) => void response.writeHead(302, { location }).end();
      seen.push((await fetch(await browser.open(site.url), { redirect: 'manual' })).headers.get('location'));
    }

    expect(seen).toEqual([browser.through(`${own}/next`), '/next', 'https://example.com/']);
    expect(seen[0]?.startsWith(own)).toBe(false);
  });

  it('has one door a site, and none for sites it has not been to', async () => {
    expect(await browser.open(site.url)).toBe(await browser.open(site.url));
    expect(browser.through('http://example.com/')).toBe('http://example.com/');
  });

  it('answers 502 for a site that does not', async () => {
    expect((await fetch(await browser.open('http://127.0.0.1:9/'))).status).toBe(502);
  });
});
