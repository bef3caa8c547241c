import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { shared } from './support/cleanup.js';
import type { TestGateway } from './support/gateway.js';
import { LoginHouse, linkIn } from './support/login-house.js';
import { demoApp } from './support/wechat.js';

const website = 'wxdec0de0000000003';
const shop = 'https://shop.example.com';
const secureOrigin = 'https://wx.example.com';

interface House extends Record<'plain' | 'secure', TestGateway> {
  readonly logins: LoginHouse;
}

/** One gateway on loopback http, and one that browsers reach over https. */
async function build(): Promise<House> {
  const logins = await LoginHouse.build({ origins: [shop] });
  const { wechat, gateway } = logins;
  const oauth_domains = ['127.0.0.1', new URL(secureOrigin).host];
  for (const appid of [demoApp, website]) await wechat.control('PATCH', `/apps/${appid}`, { oauth_domains });
  await wechat.registerIn(gateway, {}, website);
  return { logins, plain: gateway, secure: await gateway.twin({ env: { ...wechat.env, PUBLIC_URL: secureOrigin } }) };
}

/** The cookies that an address sets, asked at the gateway itself: nobody serves TLS here. */
async function cookiesAt(gateway: TestGateway, url: string): Promise<{ cookies: string[]; location: string | null }> {
  const { pathname, search } = new URL(url);
  const answer = await fetch(gateway.url + pathname + search, { redirect: 'manual', headers: { accept: 'text/html' } });
  return { cookies: answer.headers.getSetCookie(), location: answer.headers.get('location') };
}

async function agree({ logins }: House, url: string): Promise<string> {
  const path = '/people/xiaoming/authorize';
  return (await logins.wechat.control<{ redirect_url: string }>('POST', path, { url })).redirect_url;
}

async function loginPage({ logins }: House, gateway: TestGateway, wanted = {}): Promise<string[]> {
  return (await cookiesAt(gateway, await logins.page(wanted, { at: gateway }))).cookies;
}

async function confirmPage(house: House, gateway: TestGateway): Promise<string[]> {
  const link = linkIn(await house.logins.scan('xiaoming', await house.logins.begin()));
  const toWechat = (await cookiesAt(gateway, link)).location ?? '';
  return (await cookiesAt(gateway, await agree(house, toWechat))).cookies;
}

async function loginWindow(house: House, gateway: TestGateway): Promise<string[]> {
  const query = new URLSearchParams({ origin: shop, state: 'f3a9' });
  const { key } = house.logins;
  const { body } = await gateway.ask(`/v1/apps/${website}/oauth/popup-url?${query.toString()}`, { key });
  return (await cookiesAt(gateway, await agree(house, String(body.url)))).cookies;
}

describe('The cookie', () => {
  const house = shared(build);

  it.each([
    ['login page', '/', '__Host-wx_attempt_\\w{8}', loginPage],
    ['login window', '/', '__Host-wx_attempt_\\w{8}', loginWindow],
    ['confirm page', '/login/confirm/[\\w.-]+', '__Secure-login_confirm', confirmPage],
  ])('of the %s is its own by prefix over https, and by port over loopback http', async (_, path, name, journey) => {
    const attributes = `=[\\w-]{20,}; Path=${path}; Max-Age=\\d+; HttpOnly; SameSite=Lax`;
    const { port } = new URL(house().plain.url);
    const bare = name.replace(/^__\w+?-/, '');

    expect(await journey(house(), house().secure)).toEqual([expect.stringMatching(`^${name}${attributes}; Secure$`)]);
    expect(await journey(house(), house().plain)).toEqual([expect.stringMatching(`^${bare}_${port}${attributes}$`)]);
  });

  it('of a login page in a frame is kept apart for each site that frames it', async () => {
    const attributes = '=\\w{43}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=None; Partitioned; Secure';

    expect(await loginPage(house(), house().secure, { frame_origin: shop })).toEqual([
      expect.stringMatching(`^__Host-wx_attempt_\\w{8}${attributes}$`),
    ]);
  });

  it('has its name and attributes in one place, so that no page sets another', () => {
    const sources = ['libs', 'apps/gateway'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    );
    const setting = sources.filter(
      (file) => /\.[jt]s$/.test(file) && /set-cookie|document\.cookie/i.test(readFileSync(file, 'utf8')),
    );

    expect(setting).toEqual(['libs/web-auth/src/attempts/cookies.ts']);
  });
});
