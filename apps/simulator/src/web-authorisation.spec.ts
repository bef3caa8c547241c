import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Driver, officialAccount, website } from '../test/driver.js';

let wechat: Driver;

beforeAll(async () => {
  wechat = await Driver.start();
});
beforeEach(async () => {
  await wechat.reset();
});
afterAll(() => wechat.close());

const inWechat = { 'user-agent': 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50', cookie: 'wechat_person=xiaoming' };

async function visit(
  url: string,
  headers: Record<string, string> = inWechat,
): Promise<{ location: string | null; page: string }> {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  return { location: answer.headers.get('location'), page: await answer.text() };
}

describe('the authorise page', () => {
  it('takes a link that names its site plainly, as older documents of ours do', async () => {
    const link = `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${officialAccount.appid}&redirect_uri=http://blog.xyecho.com&response_type=code&scope=snsapi_userinfo&state=123#wechat_redirect`;

    const answer = await wechat.control('POST', '/_sim/people/xiaoming/authorize', { url: link });

    expect(answer['redirect_url']).toMatch(/^http:\/\/blog\.xyecho\.com\?code=\w{32}&state=123$/);
  });

  it('goes back at once for snsapi_base, with code and state', async () => {
    const { location } = await visit(wechat.authorizeUrl({ scope: 'snsapi_base', state: 'abc1' }));

    expect(location).toMatch(/^http:\/\/127\.0\.0\.1:9\/back\?code=0[A-Za-z0-9]{31}&state=abc1$/);
  });

  it('asks first for snsapi_userinfo, and takes either answer', async () => {
    const url = wechat.authorizeUrl({ redirect: 'http://127.0.0.1:9/back?a=1#top' }).replace('#wechat_redirect', '');
    const { page } = await visit(url);
    expect(page).toContain('示例服务号');
    const reply = (decision: string) =>
      fetch(url.replace('authorize?', 'authorize_reply?'), {
        method: 'POST',
        headers: inWechat,
        body: `decision=${decision}`,
        redirect: 'manual',
      });

    expect((await reply('allow')).headers.get('location')).toMatch(/back\?a=1&code=0\w{31}&state=s1#top$/);
    expect((await reply('deny')).headers.get('location')).toBe('http://127.0.0.1:9/back?a=1&state=s1#top');
  });

  it('stays on a page after a refusal when the switch says so', async () => {
    await wechat.control('PATCH', '/_sim/switches', { denial: 'stay' });

    const answer = await wechat.control('POST', '/_sim/people/xiaoming/authorize', {
      url: wechat.authorizeUrl(),
      decision: 'deny',
    });

    expect(answer).toEqual({ redirect_url: null, code: null, state: 's1' });
  });

  it('asks whose phone it is when nobody has said', async () => {
    const { page } = await visit(wechat.authorizeUrl(), { 'user-agent': 'MicroMessenger' });
    const [, choice = ''] = /href="([^"]*person=lilei[^"]*)"/.exec(page) ?? [];
    const chosen = await fetch(wechat.url + choice.replaceAll('&#38;', '&'), { redirect: 'manual' });

    expect(chosen.headers.get('set-cookie')).toContain('wechat_person=lilei');
    expect(chosen.headers.get('location')).toMatch(/^\/connect\/oauth2\/authorize\?appid=/);
  });

  it('does not send anyone off this origin when the phone is taken', async () => {
    for (const next of ['https://example.com/', '//example.com', '/\\example.com']) {
      const answer = await fetch(`${wechat.url}/_sim/hold-phone?person=lilei&next=${encodeURIComponent(next)}`, {
        redirect: 'manual',
      });
      expect(answer.headers.get('location')).toBe('/');
    }
  });

  const page = (query: string) => `/connect/oauth2/authorize?${query}`;
  const { appid } = officialAccount;
  const back = encodeURIComponent('http://127.0.0.1:9/');

  it.each([
    ['another order', `redirect_uri=${back}&appid=${appid}&response_type=code&scope=snsapi_base&state=1`, '该链接无法访问'],
    ['no appid', `redirect_uri=${back}&response_type=code&scope=snsapi_base&state=1`, '10012'],
    ['an empty redirect_uri', `appid=${appid}&redirect_uri=&response_type=code&scope=snsapi_base&state=1`, '10011'],
    ['an empty scope', `appid=${appid}&redirect_uri=${back}&response_type=code&scope=&state=1`, '10010'],
    ['a scope of websites', `appid=${appid}&redirect_uri=${back}&response_type=code&scope=snsapi_login&state=1`, '10005'],
    [
      'another host',
      `appid=${appid}&redirect_uri=http%3A%2F%2Fexample.com&response_type=code&scope=snsapi_base&state=1`,
      '10003',
    ],
    ['a redirect_uri that is none', `appid=${appid}&redirect_uri=nowhere&response_type=code&scope=snsapi_base&state=1`, '10003'],
    ['a state with odd letters', `appid=${appid}&redirect_uri=${back}&response_type=code&scope=snsapi_base&state=a-b`, 'state'],
  ])('shows its error for %s', async (_what, query, shown) => {
    expect((await visit(wechat.url + page(query))).page).toContain(shown);
  });

  it('tells other browsers to use WeChat, and frozen accounts 10004', async () => {
    expect((await visit(wechat.authorizeUrl(), {})).page).toContain('请在微信客户端打开链接');
    await wechat.control('PATCH', `/_sim/apps/${appid}`, { account_is_frozen: true });
    expect((await visit(wechat.authorizeUrl())).page).toContain('10004');
  });

  it('tells a control call of the page error too', async () => {
    const url = wechat.authorizeUrl({ redirect: 'https://example.com/' });

    const answer = await wechat.control('POST', '/_sim/people/xiaoming/authorize', { url });

    expect(answer['error']).toMatchObject({ code: 'page_error', page_error: 10003 });
  });
});

describe('a code', () => {
  it('gives who it is, once', async () => {
    const code = await wechat.freshCode();

    const token = await wechat.exchange(code);

    expect(Object.keys(token)).toEqual(['access_token', 'expires_in', 'refresh_token', 'openid', 'scope', 'unionid']);
    expect(token['openid']).toMatch(/^o[\w-]{27}$/);
    expect((await wechat.exchange(code))['errcode']).toBe(40163);
  });

  it('is won by exactly one of many exchanges at once', async () => {
    const code = await wechat.freshCode();

    const answers = await Promise.all(Array.from({ length: 20 }, () => wechat.exchange(code)));

    expect(answers.filter((answer) => answer['errcode'] === undefined)).toHaveLength(1);
    expect(answers.filter((answer) => answer['errcode'] === 40163)).toHaveLength(19);
  });

  it('lives five minutes', async () => {
    const [first, second] = [await wechat.freshCode(), await wechat.freshCode()];
    await wechat.advance(299);
    expect((await wechat.exchange(first))['errcode']).toBeUndefined();
    await wechat.advance(1);

    expect((await wechat.exchange(second))['errcode']).toBe(40029);
  });

  it('belongs to the app that asked for it', async () => {
    expect((await wechat.exchange(await wechat.freshCode(), website))['errcode']).toBe(40029);
  });

  it('for snsapi_base tells no unionid and opens no profile', async () => {
    const token = await wechat.exchange(await wechat.freshCode('lilei', 'snsapi_base'));

    expect(token['unionid']).toBeUndefined();
    const profile = await wechat.get(
      `/sns/userinfo?access_token=${String(token['access_token'])}&openid=${String(token['openid'])}`,
    );
    expect(profile['errcode']).toBe(48001);
  });

  it('of a snapshot user gives a made-up identity, and says so', async () => {
    const real = await wechat.exchange(await wechat.freshCode('chenjing', 'snsapi_base'));
    const snapshot = await wechat.exchange(await wechat.freshCode('chenjing'));

    expect(snapshot['is_snapshotuser']).toBe(1);
    expect(snapshot['openid']).not.toBe(real['openid']);
    expect(real).not.toHaveProperty('is_snapshotuser');
  });

  it.each([
    ['no code', 'appid=A&secret=S&grant_type=authorization_code', 41008],
    ['another grant_type', 'appid=A&secret=S&code=x', 40002],
    ['a wrong secret', 'appid=A&secret=x&code=x&grant_type=authorization_code', 40125],
    ['a code nobody issued', 'appid=A&secret=S&code=x&grant_type=authorization_code', 40029],
  ])('is refused with %s', async (_what, query, errcode) => {
    const filled = query.replace('=A', `=${officialAccount.appid}`).replace('=S', `=${officialAccount.secret}`);

    expect((await wechat.get(`/sns/oauth2/access_token?${filled}`))['errcode']).toBe(errcode);
  });
});

describe('a user token', () => {
  const refresh = (value: unknown) =>
    wechat.get(
      `/sns/oauth2/refresh_token?appid=${officialAccount.appid}&grant_type=refresh_token&refresh_token=${String(value)}`,
    );
  const profile = (token: Readonly<Record<string, unknown>>) =>
    wechat.get(`/sns/userinfo?access_token=${String(token['access_token'])}&openid=${String(token['openid'])}&lang=zh_CN`);

  it('opens the profile, and no other', async () => {
    const token = await wechat.exchange(await wechat.freshCode());

    expect(await profile(token)).toMatchObject({
      nickname: '王小明',
      sex: 0,
      province: '',
      privilege: [],
      unionid: token['unionid'],
    });
    expect((await profile({ ...token, openid: 'o'.repeat(28) }))['errcode']).toBe(40003);
    const checked = await wechat.get(`/sns/auth?access_token=${String(token['access_token'])}&openid=${String(token['openid'])}`);
    expect(checked).toEqual({ errcode: 0, errmsg: 'ok' });
  });

  it('is prolonged while it lives and replaced when it is dead', async () => {
    const token = await wechat.exchange(await wechat.freshCode());
    await wechat.advance(7000);
    const prolonged = await refresh(token['refresh_token']);
    expect(prolonged).toMatchObject({ access_token: token['access_token'], expires_in: 7200 });
    await wechat.advance(7200);
    expect((await profile(token))['errcode']).toBe(42001);

    const replaced = await refresh(token['refresh_token']);

    expect(replaced['access_token']).not.toBe(token['access_token']);
    expect((await profile(replaced))['nickname']).toBe('王小明');
  });

  it('can be refreshed for thirty days', async () => {
    const token = await wechat.exchange(await wechat.freshCode());
    await wechat.advance(30 * 86_400);

    expect((await refresh(token['refresh_token']))['errcode']).toBe(42002);
    expect((await refresh('x'))['errcode']).toBe(40030);
  });

  it.each([
    ['extend', true],
    ['rotate', false],
  ])('obeys the switch %s', async (mode, sameRefreshToken) => {
    await wechat.control('PATCH', '/_sim/switches', { oauth_refresh: mode });
    const token = await wechat.exchange(await wechat.freshCode());
    await wechat.advance(20 * 86_400);
    const second = await refresh(token['refresh_token']);
    await wechat.advance(20 * 86_400);

    expect((await refresh(second['refresh_token']))['errcode']).toBeUndefined();
    expect(second['refresh_token'] === token['refresh_token']).toBe(sameRefreshToken);
  });

  it('is void after the person has changed the password', async () => {
    const token = await wechat.exchange(await wechat.freshCode());
    await wechat.control('POST', '/_sim/people/xiaoming/change-password');

    expect((await profile(token))['errcode']).toBe(42007);
    expect((await refresh(token['refresh_token']))['errcode']).toBe(42007);
  });
});

describe('website login', () => {
  const loginUrl = () => wechat.authorizeUrl({ scope: 'snsapi_login', appid: website.appid });
  const uuidOn = (page: string) => /data-uuid="(\w+)"/.exec(page)?.[1] ?? '';
  const state = async (uuid: string) => wechat.get(`/connect/l/qrconnect?uuid=${uuid}`);
  const confirm = (uuid: string, decision: string) =>
    fetch(`${wechat.url}/connect/confirm_reply?uuid=${uuid}`, {
      method: 'POST',
      headers: inWechat,
      body: `decision=${decision}`,
    });

  it('is scanned, confirmed on the phone, and goes on in the waiting browser', async () => {
    const uuid = uuidOn((await visit(loginUrl(), {})).page);
    const scan = await wechat.control('POST', '/_sim/people/xiaoming/scan', {
      content: `https://open.weixin.qq.com/connect/confirm?uuid=${uuid}`,
    });
    expect(scan).toEqual({ kind: 'website_login', uuid });
    expect((await visit(`${wechat.url}/connect/confirm?uuid=${uuid}`)).page).toContain('示例网站');
    expect((await state(uuid))['state']).toBe('scanned');
    await confirm(uuid, 'allow');

    const decided = await state(uuid);

    const code = new URL(String(decided['location'])).searchParams.get('code');
    expect((await wechat.exchange(String(code), website))['unionid']).toMatch(/^o/);
  });

  it('tells the browser of a refusal, and expires after five minutes', async () => {
    const refused = uuidOn((await visit(loginUrl(), {})).page);
    await confirm(refused, 'deny');
    expect((await state(refused))['location']).toBe('http://127.0.0.1:9/back?state=s1');
    const late = uuidOn((await visit(loginUrl(), {})).page);
    await wechat.advance(300);

    expect((await state(late))['state']).toBe('expired');
  });

  it('gives the same person the same unionid as the official account, and another openid', async () => {
    const [there, here] = [
      await wechat.exchange(await wechat.freshCode('lilei', 'snsapi_login'), website),
      await wechat.exchange(await wechat.freshCode('lilei')),
    ];

    expect(there['unionid']).toBe(here['unionid']);
    expect(there['openid']).not.toBe(here['openid']);
  });
});
