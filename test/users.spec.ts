import { describe, expect, it } from '@jest/globals';
import { type Answer, TestGateway } from './support/gateway.js';
import { TestWechat, demoApp } from './support/wechat.js';
import { until } from './support/until.js';

const website = 'wxdec0de0000000003';

class House {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly key: string,
  ) {}

  static async build(): Promise<House> {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: wechat.env });
    await wechat.registerIn(gateway);
    await wechat.registerIn(gateway, {}, website);
    const { key } = await gateway.makeKey({ scopes: ['oauth', 'users:read'] });
    return new House(wechat, gateway, key);
  }

  ask(path: string, body?: unknown): Promise<Answer> {
    return this.gateway.ask(`/v1/apps/${demoApp}/users${path}`, {
      key: this.key,
      ...(body !== undefined && { method: 'POST', body }),
    });
  }

  async openid(person: string, appid = demoApp): Promise<string> {
    const people = await this.wechat.control<{ id: string; accounts: { appid: string; openid: string }[] }[]>('GET', '/people');
    const { accounts = [] } = people.find((one) => one.id === person) ?? {};
    const openid = accounts.find((one) => one.appid === appid)?.openid;
    if (openid === undefined) throw new Error(`${person} is nobody to ${appid}`);
    return openid;
  }

  /** A consent of a person to an app, exchanged. */
  async login(person: string, appid = demoApp): Promise<{ openid: string; unionid: string }> {
    const scope = appid === website ? 'snsapi_login' : 'snsapi_userinfo';
    const query = new URLSearchParams({ redirect_uri: 'http://127.0.0.1:8080/', scope });
    const { body } = await this.gateway.ask(`/v1/apps/${appid}/oauth/authorize-url?${query.toString()}`, { key: this.key });
    const { code } = await this.wechat.control<{ code: string }>('POST', `/people/${person}/authorize`, { url: body.url });
    const exchanged = await this.gateway.ask(`/v1/apps/${appid}/oauth/exchange`, {
      method: 'POST',
      key: this.key,
      body: { code },
    });
    return exchanged.body as { openid: string; unionid: string };
  }
}

describe('A user', () => {
  it("who follows is told of in WeChat's own fields", async () => {
    const house = await House.build();
    const openid = await house.openid('xiaoming');

    const { status, body } = await house.ask(`/${openid}?lang=zh_CN`);

    expect(status).toBe(200);
    expect(body).toEqual({
      subscribe: 1,
      openid,
      nickname: '',
      sex: 0,
      language: 'zh_CN',
      city: '',
      province: '',
      country: '',
      headimgurl: '',
      subscribe_time: expect.any(Number),
      unionid: expect.stringMatching(/^o/),
      remark: '',
      groupid: 0,
      tagid_list: [],
      subscribe_scene: 'ADD_SCENE_SEARCH',
      qr_scene: 0,
      qr_scene_str: '',
    });
  });

  it('who came by a code is told of with its scene', async () => {
    const house = await House.build();
    const { value: token } = await tokenOf(house);
    const created = await fetch(`${house.wechat.url}/cgi-bin/qrcode/create?access_token=${token}`, {
      method: 'POST',
      body: JSON.stringify({ action_name: 'QR_LIMIT_STR_SCENE', action_info: { scene: { scene_str: 'shop-17' } } }),
    });
    const { url } = (await created.json()) as { url: string };
    await house.wechat.control('POST', '/people/zhangwei/scan', { content: url });

    const { body } = await house.ask(`/${await house.openid('zhangwei')}`);

    expect(body).toMatchObject({ subscribe: 1, subscribe_scene: 'ADD_SCENE_QR_CODE', qr_scene_str: 'shop-17' });
  });

  it('who does not follow is told of sensibly, and one of another app is refused', async () => {
    const house = await House.build();
    const stranger = await house.openid('hanmeimei');

    expect((await house.ask(`/${stranger}`)).body).toEqual({ subscribe: 0, openid: stranger, unionid: null, tagid_list: [] });
    const foreign = await house.ask('/oNobodyAtAllOfThisApp');
    expect({ status: foreign.status, ...foreign.body }).toMatchObject({
      status: 422,
      code: 'wechat_refused',
      wechat: { errcode: 40003 },
    });
  });

  it('is one of up to a hundred asked for at once', async () => {
    const house = await House.build();
    const [follower, stranger] = [await house.openid('lilei'), await house.openid('hanmeimei')];

    const { status, body } = await house.ask('/batch-get', { openids: [follower, stranger, 'oNobody'] });

    expect(status).toBe(200);
    expect(body.items).toEqual([
      expect.objectContaining({ openid: follower, subscribe: 1 }),
      expect.objectContaining({ openid: stranger, subscribe: 0 }),
      expect.objectContaining({ openid: 'oNobody', subscribe: 0 }),
    ]);
    for (const openids of [[], Array.from({ length: 101 }, (_, one) => `o${one}`)])
      expect((await house.ask('/batch-get', { openids })).body).toMatchObject({ status: 400, errors: [{ path: 'openids' }] });
  });

  it('is in the list of followers, page by page', async () => {
    const house = await House.build();
    const followers = [await house.openid('xiaoming'), await house.openid('lilei')];
    expect((await house.ask('')).body).toEqual({ items: followers.map((openid) => ({ openid })), next_cursor: null, total: 2 });

    const seen: unknown[] = [];
    let query = '?limit=1';
    for (let pages = 0; pages < 3 && query !== ''; pages++) {
      const page = (await house.ask(query)).body as { items: unknown[]; next_cursor: string | null };
      seen.push(...page.items);
      query = page.next_cursor === null ? '' : `?limit=1&cursor=${page.next_cursor}`;
    }

    expect(seen).toEqual(followers.map((openid) => ({ openid })));
  });

  it('is read through a token that dies in the middle, healed within the call', async () => {
    const house = await House.build();
    const openid = await house.openid('xiaoming');
    await house.ask(`/${openid}`);
    const calls = [`/${openid}`, '', '/batch-get'];

    for (const path of calls) {
      await house.wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });
      // From the second death on there is a pause before the next fetch, in which callers are told to come back.
      await until(
        () => house.ask(path, path === '/batch-get' ? { openids: [openid] } : undefined),
        ({ status }) => status === 200,
      );
    }

    // At the start and for the first death a fetch; for each of the others a look, and a fetch after the pause.
    expect(await house.wechat.calls('/cgi-bin/stable_token')).toBe(2 + 2 * (calls.length - 1));
  });
});

const tokenOf = async (house: House): Promise<{ value: string }> => {
  const { key } = await house.gateway.makeKey({ scopes: ['token:read'] });
  const { body } = await house.gateway.ask(`/v1/apps/${demoApp}/access-token`, { key });
  return { value: String(body.access_token) };
};

describe('The record of a person', () => {
  it('holds what was learnt by either way, and the unionid from when it appears', async () => {
    const house = await House.build();
    const openid = await house.openid('hanmeimei');
    await house.ask(`/${openid}`);
    const before = (await house.ask(`/${openid}/record`)).body;

    const { unionid } = await house.login('hanmeimei');
    const after = (await house.ask(`/${openid}/record`)).body;

    expect(before).toMatchObject({ appid: demoApp, openid, unionid: null, follows: false, profile: null });
    expect(after).toMatchObject({
      unionid,
      follows: false,
      profile: { nickname: '韩梅梅' },
      first_seen_at: before.first_seen_at,
    });
    expect(unionid).toEqual(expect.stringMatching(/^o/));
  });

  it('is found across apps by the unionid, as far as the key reaches', async () => {
    const house = await House.build();
    const { unionid, openid } = await house.login('hanmeimei');
    const atWebsite = await house.login('hanmeimei', website);
    const { key } = await house.gateway.makeKey({ appids: [website], scopes: ['users:read'] });

    const all = await house.gateway.ask(`/v1/people/${unionid}`, { key: house.key });
    const some = await house.gateway.ask(`/v1/people/${unionid}`, { key });

    expect(all.body).toMatchObject({
      unionid,
      users: [
        { appid: demoApp, openid },
        { appid: website, openid: atWebsite.openid },
      ],
    });
    expect(some.body).toMatchObject({ unionid, users: [{ appid: website }] });
    expect((await house.gateway.ask('/v1/people/oNobody', { key })).body).toEqual({ unionid: 'oNobody', users: [] });
  });

  it('is forgotten on request, at one app or at all, and nobody is named in the audit log', async () => {
    const house = await House.build();
    const { openid } = await house.login('hanmeimei');
    const atWebsite = await house.login('hanmeimei', website);
    const erase = (appid: string, who: string, query = '') =>
      house.gateway.admin(`/apps/${appid}/users/${who}${query}`, { method: 'DELETE' });

    expect((await erase(demoApp, 'oNobody')).body).toMatchObject({ status: 404, code: 'user_not_found' });
    expect((await erase(demoApp, openid, '?everywhere=true')).body).toEqual({
      erased: expect.arrayContaining([
        { appid: demoApp, openid },
        { appid: website, openid: atWebsite.openid },
      ]),
    });

    expect((await house.ask(`/${openid}/record`)).status).toBe(404);
    for (const table of ['wechat_user', 'web_authorization'])
      expect(await house.gateway.database.query(`SELECT * FROM ${table}`)).toEqual([]);
    const log = (await house.gateway.admin('/audit-log?action=user.erase')).text;
    expect(JSON.parse(log)).toMatchObject({ items: [{ action: 'user.erase' }, { action: 'user.erase' }] });
    expect(log).not.toContain(openid);
    // Who comes again is known again.
    expect((await house.login('hanmeimei')).openid).toBe(openid);
  });
});
