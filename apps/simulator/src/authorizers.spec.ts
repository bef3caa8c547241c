import { beforeEach, describe, expect, it } from '@jest/globals';
import { miniProgram, officialAccount, platform, website } from '../test/driver.js';
import { referer } from '../test/platform-house.js';
import { house, wechat } from '../test/platform-world.js';

let token: string;
beforeEach(async () => {
  token = await house.open();
});

const { appid } = officialAccount;
const phonePage = '/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&';
const errcodeOf = async (answer: Promise<Record<string, unknown>>) => (await answer)['errcode'] ?? 0;

describe('an administrator who agrees', () => {
  it.each([
    ['desktop', undefined],
    ['phone', phonePage],
    ['older phone', phonePage.replace('/wxaopen', '')],
  ])('on the %s page comes back with a code, which is pushed too', async (_which, page) => {
    const agreed = await house.agree(appid, await house.link(token, 'auth_type=1', page));

    const back = new URL(String(agreed['redirect_url']));
    expect([back.origin + back.pathname, back.searchParams.get('expires_in')]).toEqual(['http://127.0.0.1:36012/back', '600']);
    expect(back.searchParams.get('auth_code')).toBe(agreed['auth_code']);
    const [event] = await house.events('authorized');
    expect(event).toMatchObject({
      AppId: platform.appid,
      AuthorizerAppid: appid,
      AuthorizationCode: agreed['auth_code'],
      AuthorizationCodeExpiredTime: expect.stringMatching(/^\d{10}$/),
      PreAuthCode: expect.stringMatching(/^preauthcode@@@/),
    });
  });

  it('is shown the page in a browser, and its buttons do the same', async () => {
    const link = await house.link(token, 'auth_type=3');
    const page = await (await fetch(link, { headers: { referer } })).text();
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
    const answer = await fetch(wechat.url + action.replaceAll('&#38;', '&'), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams([
        ['account', appid],
        ['set', '1'],
        ['set', '999'],
      ]),
    });

    expect(page).toContain('示例小程序');
    const back = new URL(answer.headers.get('location') ?? '');
    const code = back.searchParams.get('auth_code');
    expect(await house.call('api_query_auth', token, { authorization_code: code })).toMatchObject({
      authorization_info: { authorizer_appid: appid, func_info: [{ funcscope_category: { id: 1 } }] },
    });
  });

  it.each([
    ['from another site', 'auth_type=3', { referer: 'http://elsewhere.example/' }],
    ['from nowhere', 'auth_type=3', { referer: '' }],
    ['on a page for mini programs', 'auth_type=2', {}],
    ['on a page for another account', 'auth_type=3&biz_appid=wxdec0de0000000002', {}],
    ['on a page of no type', 'auth_type=9', {}],
  ])('cannot do so %s', async (_which, more, how) => {
    expect((await house.agree(appid, await house.link(token, more), how))['error']).toMatchObject({ code: 'page_error' });
  });

  it('cannot use a page twice, nor one that is too old', async () => {
    const link = await house.link(token);
    const other = await house.link(token);
    await house.agree(appid, link);

    expect((await house.agree(appid, link))['error']).toMatchObject({ code: 'page_error' });
    await wechat.advance(600);
    expect((await house.agree(appid, other))['error']).toMatchObject({ code: 'page_error' });
    const website_ = await house.agree(website.appid, await house.link(token));
    expect(website_['error']).toMatchObject({ code: 'page_error' });
  });
});

describe('api_query_auth', () => {
  it('gives the tokens once, and the sets that were granted', async () => {
    const agreed = await house.agree(appid, await house.link(token), { permission_sets: [4, 1] });
    const exchange = () => house.call('api_query_auth', token, { authorization_code: agreed['auth_code'] });

    expect(await exchange()).toEqual({
      authorization_info: {
        authorizer_appid: appid,
        authorizer_access_token: expect.stringMatching(/^85_[\w-]{154}$/),
        expires_in: 7200,
        authorizer_refresh_token: expect.stringMatching(/^refreshtoken@@@[\w-]{43}$/),
        func_info: [{ funcscope_category: { id: 1 } }, { funcscope_category: { id: 4 } }],
      },
    });
    expect((await exchange())['errcode']).toBe(61009);
  });

  it('refuses a code that is too old', async () => {
    const agreed = await house.agree(appid, await house.link(token));
    await wechat.advance(600);

    expect(await errcodeOf(house.call('api_query_auth', token, { authorization_code: agreed['auth_code'] }))).toBe(61010);
  });

  it('has done its work also when the answer is lost', async () => {
    const agreed = await house.agree(appid, await house.link(token));
    await wechat.control('POST', '/_sim/faults', { path: '/cgi-bin/component/api_query_auth', kind: 'reset_after' });
    const exchange = () => house.call('api_query_auth', token, { authorization_code: agreed['auth_code'] });

    await expect(exchange()).rejects.toThrow();
    expect((await exchange())['errcode']).toBe(61009);
  });
});

describe('the token of an authorizer', () => {
  it('is good for the calls of that account, as far as the sets go', async () => {
    const info = await house.authorize(token, appid, { permission_sets: [2] });
    const access = String(info['authorizer_access_token']);

    expect(await wechat.verdict(access)).toBe(0);
    expect(await wechat.get(`/cgi-bin/user/get?access_token=${access}`)).toMatchObject({ total: 2 });
    expect(await errcodeOf(wechat.post(`/cgi-bin/qrcode/create?access_token=${access}`, {}))).toBe(61007);
    expect(await errcodeOf(wechat.get(`/cgi-bin/ticket/getticket?type=jsapi&access_token=${access}`))).toBe(61007);
  });

  it('is refreshed with the refresh token, which stays unless a switch says otherwise', async () => {
    const info = await house.authorize(token, appid);
    const first = info['authorizer_refresh_token'];
    const kept = await house.refresh(token, appid, first);
    expect(kept).toMatchObject({ expires_in: 7200, authorizer_refresh_token: first });
    expect(await wechat.verdict(kept['authorizer_access_token'])).toBe(0);

    await wechat.control('PATCH', '/_sim/switches', { authorizer_refresh_rotates: true });
    const rotated = await house.refresh(token, appid, first);

    expect(rotated['authorizer_refresh_token']).not.toBe(first);
    expect(await errcodeOf(house.refresh(token, appid, first))).toBe(61023);
    expect(await errcodeOf(house.refresh(token, appid, rotated['authorizer_refresh_token']))).toBe(0);
    expect(await errcodeOf(house.refresh(token, miniProgram.appid, first))).toBe(61003);
  });

  it('may be lost with the refresh token that came along; the list still tells that one', async () => {
    await wechat.control('PATCH', '/_sim/switches', { authorizer_refresh_rotates: true });
    const kept = (await house.authorize(token, appid))['authorizer_refresh_token'];
    await wechat.control('POST', '/_sim/faults', { path: '/cgi-bin/component/api_authorizer_token', kind: 'reset_after' });
    await expect(house.refresh(token, appid, kept)).rejects.toThrow();
    expect(await errcodeOf(house.refresh(token, appid, kept))).toBe(61023);

    const { list } = await house.call('api_get_authorizer_list', token, { offset: 0, count: 1 });
    const [{ refresh_token: saved }] = list as [{ refresh_token: string }];
    expect(await errcodeOf(house.refresh(token, appid, saved))).toBe(0);
  });

  it('can be refused for one account alone, or for one platform', async () => {
    const account = (await house.authorize(token, appid))['authorizer_refresh_token'];
    const program = (await house.authorize(token, miniProgram.appid))['authorizer_refresh_token'];
    await wechat.control('POST', '/_sim/faults', { kind: 'errcode', errcode: -1, naming: appid });

    expect(await errcodeOf(house.refresh(token, miniProgram.appid, program))).toBe(0);
    expect(await errcodeOf(house.refresh(token, appid, account))).toBe(-1);
    expect(await errcodeOf(house.refresh(token, appid, account))).toBe(0);
  });

  it('dies five minutes after the next, and of old age', async () => {
    const info = await house.authorize(token, appid);
    const next = await house.refresh(token, appid, info['authorizer_refresh_token']);
    await wechat.advance(300);
    expect(await wechat.verdict(info['authorizer_access_token'])).toBe(40001);
    await wechat.advance(6900);
    expect(await wechat.verdict(next['authorizer_access_token'])).toBe(42001);
  });

  it('is refused from an unlisted address and for a frozen platform', async () => {
    const access = (await house.authorize(token, appid))['authorizer_access_token'];
    const change = (more: object) => wechat.control('PATCH', `/_sim/platforms/${platform.appid}`, more);

    await change({ ip_allow_list: ['10.0.0.1'] });
    expect(await wechat.verdict(access)).toBe(61004);
    await change({ ip_allow_list: [], is_frozen: true });
    expect(await wechat.verdict(access)).toBe(61011);
  });
});

describe('an authorisation that changes', () => {
  const put = (more: object) => wechat.control('PUT', `/_sim/platforms/${platform.appid}/authorizers/${appid}`, more);
  const withdraw = (query = '') => wechat.control('DELETE', `/_sim/platforms/${platform.appid}/authorizers/${appid}${query}`);

  it('is told when the sets are others, and voids the refresh token before', async () => {
    const info = await house.authorize(token, appid, { permission_sets: [1] });
    expect((await put({ permission_sets: [1] }))['push']).toBeNull();
    const changed = await put({ permission_sets: [1, 2] });

    expect((await house.events('updateauthorized'))[0]).toMatchObject({ AuthorizationCode: changed['auth_code'] });
    expect(await errcodeOf(house.refresh(token, appid, info['authorizer_refresh_token']))).toBe(61023);
    expect(await errcodeOf(house.refresh(token, appid, changed['refresh_token']))).toBe(0);
  });

  it('is over when it is taken back, until it is given again', async () => {
    const info = await house.authorize(token, appid);
    await withdraw();

    expect((await house.events('unauthorized'))[0]).toEqual({
      AppId: platform.appid,
      CreateTime: expect.any(String),
      InfoType: 'unauthorized',
      AuthorizerAppid: appid,
    });
    expect(await wechat.verdict(info['authorizer_access_token'])).toBe(61003);
    expect(await errcodeOf(house.refresh(token, appid, info['authorizer_refresh_token']))).toBe(61003);
    const again = await house.authorize(token, appid);
    expect(await wechat.verdict(again['authorizer_access_token'])).toBe(0);
    expect(await errcodeOf(house.refresh(token, appid, info['authorizer_refresh_token']))).toBe(61023);
    expect(await withdraw()).toMatchObject({ state: 'delivered' });
    expect((await withdraw())['error']).toMatchObject({ code: 'not_authorized' });
  });

  it('can be told in any order and any number of times', async () => {
    const agreed = await house.agree(appid, await house.link(token), { withhold: true });
    expect(await house.events('authorized')).toEqual([]);
    await withdraw();
    const { id } = agreed['push'] as { id: string };
    await wechat.control('POST', `/_sim/pushes/${id}/repeat`);
    await wechat.control('POST', `/_sim/pushes/${id}/repeat`);

    const told = (await house.events()).map((event) => event['InfoType']).filter((type) => type !== 'component_verify_ticket');
    expect(told).toEqual(['unauthorized', 'authorized', 'authorized']);
  });
});
