import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Body, miniProgram, officialAccount, platform } from '../test/driver.js';
import { house, wechat } from '../test/platform-world.js';

let token: string;
beforeEach(async () => {
  token = await house.open();
});

const { appid } = officialAccount;
const errcodeOf = async (answer: Promise<Body>) => (await answer)['errcode'] ?? 0;
const onBehalf = (path: string, more: Record<string, string>) => {
  const credentials = { component_appid: platform.appid, component_access_token: token };
  return wechat.get(`${path}?${new URLSearchParams({ appid, ...credentials, ...more }).toString()}`);
};
const behalfUrl = () => wechat.authorizeUrl().replace('#', `&component_appid=${platform.appid}#`);
const open = (url: string) => wechat.control('POST', '/_sim/people/xiaoming/authorize', { url });
const exchange = (code: unknown) =>
  onBehalf('/sns/oauth2/component/access_token', { code: String(code), grant_type: 'authorization_code' });

describe('web authorisation on behalf', () => {
  it('sends the person back with the appid, and gives the platform their identity', async () => {
    await house.authorize(token, appid);
    const sent = await open(behalfUrl());
    expect(sent['redirect_url']).toMatch(/back\?code=0\w{31}&state=s1&appid=wx3cc8fd6963e31a32$/);
    const user = await exchange(sent['code']);

    expect(user).toMatchObject({ openid: expect.stringMatching(/^o/), scope: 'snsapi_userinfo', unionid: expect.any(String) });
    const refreshed = await onBehalf('/sns/oauth2/component/refresh_token', {
      grant_type: 'refresh_token',
      refresh_token: String(user['refresh_token']),
    });
    expect(refreshed['openid']).toBe(user['openid']);
    const query = `access_token=${String(user['access_token'])}&openid=${String(user['openid'])}`;
    expect(await wechat.get(`/sns/userinfo?${query}`)).toMatchObject({ nickname: '王小明' });
    expect(await errcodeOf(exchange(sent['code']))).toBe(40163);
  });

  it('is not for the account’s own secret, nor is its own code for the platform', async () => {
    await house.authorize(token, appid);
    const behalf = await open(behalfUrl());
    const own = await wechat.freshCode();

    expect([await errcodeOf(wechat.exchange(String(behalf['code']))), await errcodeOf(exchange(own))]).toEqual([40029, 40029]);
  });

  it('needs the authorisation, and the set for web pages in it', async () => {
    expect((await open(behalfUrl()))['error']).toMatchObject({ page_error: 10015 });
    expect(await errcodeOf(exchange('x'))).toBe(61003);
    await house.authorize(token, appid, { permission_sets: [1] });

    expect((await open(behalfUrl()))['error']).toMatchObject({ page_error: 10005 });
    expect(await errcodeOf(exchange('x'))).toBe(61007);
  });

  it('names the platform after the state, and nowhere else', async () => {
    await house.authorize(token, appid);
    const url = wechat.authorizeUrl().replace('?', `?component_appid=${platform.appid}&`);

    expect((await open(url))['error']).toMatchObject({ code: 'page_error' });
  });

  it.each([
    ['no platform', { component_appid: '' }, 41018],
    ['no token', { component_access_token: '' }, 41021],
    ['another platform', { component_appid: 'wx0000000000000000' }, 40013],
    ['no account', { appid: '' }, 41002],
  ])('is refused with %s', async (_what, more, errcode) => {
    await house.authorize(token, appid);

    expect(await errcodeOf(onBehalf('/sns/oauth2/component/access_token', { code: 'x', ...more }))).toBe(errcode);
  });
});

describe('a mini program’s login on behalf', () => {
  const login = async (more = {}) => {
    const { code } = await wechat.control('POST', '/_sim/people/lilei/mini-login', { appid: miniProgram.appid });
    const wanted = { appid: miniProgram.appid, js_code: String(code), grant_type: 'authorization_code', ...more };
    return onBehalf('/sns/component/jscode2session', wanted);
  };

  it('gives what the mini program itself would get', async () => {
    await house.authorize(token, miniProgram.appid);

    expect(await login()).toEqual({
      session_key: expect.stringMatching(/==$/),
      openid: expect.stringMatching(/^o/),
      unionid: expect.stringMatching(/^o/),
    });
    expect(await errcodeOf(login({ js_code: 'x' }))).toBe(40029);
  });

  it('needs the authorisation and the set', async () => {
    expect(await errcodeOf(login())).toBe(61003);
    await house.authorize(token, miniProgram.appid, { permission_sets: [19] });
    expect(await errcodeOf(login())).toBe(61007);
  });
});

describe('what a platform may ask about its authorizers', () => {
  it('is who they are', async () => {
    await house.authorize(token, appid, { permission_sets: [1, 2] });
    const info = await house.authorize(token, miniProgram.appid);
    const ask = (of: string) => house.call('api_get_authorizer_info', token, { authorizer_appid: of });

    const account = await ask(appid);
    expect(account).toMatchObject({
      authorizer_info: { nick_name: '示例服务号', user_name: officialAccount.originalId, service_type_info: { id: 2 } },
      authorization_info: { authorizer_appid: appid, func_info: [{}, {}] },
    });
    expect(account['authorizer_info']).not.toHaveProperty('MiniProgramInfo');
    expect(await ask(miniProgram.appid)).toMatchObject({
      authorizer_info: { MiniProgramInfo: { visit_status: 0 } },
      authorization_info: { authorizer_refresh_token: info['authorizer_refresh_token'] },
    });
    expect(await errcodeOf(ask('wxdec0de0000000003'))).toBe(61003);
  });

  it('is who has authorised it, page by page', async () => {
    const first = await house.authorize(token, appid);
    await house.authorize(token, miniProgram.appid);
    const ask = (offset: unknown, count: unknown) => house.call('api_get_authorizer_list', token, { offset, count });

    expect(await ask(0, 1)).toEqual({
      total_count: 2,
      list: [{ authorizer_appid: appid, refresh_token: first['authorizer_refresh_token'], auth_time: expect.any(Number) }],
    });
    expect(await ask(1, 500)).toMatchObject({ total_count: 2, list: [{ authorizer_appid: miniProgram.appid }] });
    expect([await errcodeOf(ask(0, 501)), await errcodeOf(ask(-1, 1))]).toEqual([40170, 40097]);
  });

  it('is their options, by either spelling', async () => {
    const info = await house.authorize(token, appid);
    const of = { authorizer_appid: appid, option_name: 'location_report' };
    await house.call('set_authorizer_option', token, { ...of, option_value: '2' });

    expect(await house.call('api_get_authorizer_option', token, of)).toEqual({ ...of, option_value: '2' });
    const path = `/cgi-bin/component/get_authorizer_option?access_token=${String(info['authorizer_access_token'])}`;
    expect(await wechat.post(path, { option_name: 'location_report' })).toEqual({ ...of, option_value: '2' });
    expect(await errcodeOf(house.call('set_authorizer_option', token, { ...of, option_value: '3' }))).toBe(61013);
    expect(await errcodeOf(house.call('get_authorizer_option', token, { ...of, option_name: 'x' }))).toBe(61012);
  });
});

describe('a quota', () => {
  const limit = () =>
    wechat.control('PUT', `/_sim/platforms/${platform.appid}/quota`, {
      path: '/cgi-bin/component/api_component_token',
      daily: 1,
    });

  it.each([
    ['with its token', () => wechat.post(`/cgi-bin/clear_quota?access_token=${token}`, { appid: platform.appid })],
    ['by its own name', () => house.call('clear_quota', token)],
    [
      'with its secret',
      () => wechat.post('/cgi-bin/component/clear_quota/v2', { component_appid: platform.appid, appsecret: platform.secret }),
    ],
  ])('of a platform is cleared %s', async (_how, clear) => {
    await limit();
    expect(await errcodeOf(house.takeToken())).toBe(45009);

    expect(await clear()).toMatchObject({ errcode: 0 });
    expect(await errcodeOf(house.takeToken())).toBe(0);
  });

  it('of an authorizer is cleared with its token, or the platform’s secret', async () => {
    const bySecret = () =>
      wechat.post('/cgi-bin/component/clear_quota/v2', {
        component_appid: platform.appid,
        appsecret: platform.secret,
        appid,
      });
    expect(await errcodeOf(bySecret())).toBe(43007);
    const access = String((await house.authorize(token, appid))['authorizer_access_token']);

    expect(await errcodeOf(bySecret())).toBe(0);
    expect(await errcodeOf(wechat.post(`/cgi-bin/clear_quota?access_token=${access}`, { appid }))).toBe(0);
  });
});

it('the token calls of accounts send a platform to its own', async () => {
  expect((await wechat.stableToken(false, platform))['errcode']).toBe(61024);
});

it('an account without API rights gives its name and no tokens', async () => {
  await wechat.control('PATCH', '/_sim/switches', { query_auth_tells_tokens: false });

  expect(await house.authorize(token, appid, { permission_sets: [] })).toEqual({ authorizer_appid: appid, func_info: [] });
});
