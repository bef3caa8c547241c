import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { shared } from './support/cleanup.js';
import { type Answer, TestGateway } from './support/gateway.js';
import { TestWechat, demoApp } from './support/wechat.js';

const website = 'wxdec0de0000000003';
const back = 'http://127.0.0.1:8080/back?from=wechat';
const hour = 3_600;
const day = 24 * hour;

type Scope = 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login';

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

  get(path: string, appid = demoApp, at = this.gateway): Promise<Answer> {
    return at.ask(`/v1/apps/${appid}/oauth/${path}`, { key: this.key });
  }

  exchange(
    code: string | null | undefined,
    { appid = demoApp, headers = {}, at = this.gateway, lang = undefined as string | undefined } = {},
  ): Promise<Answer> {
    const body = { ...(code !== undefined && { code }), ...(lang !== undefined && { lang }) };
    return at.ask(`/v1/apps/${appid}/oauth/exchange`, { method: 'POST', key: this.key, body, headers });
  }

  async authorizeUrl(scope: Scope, appid = demoApp): Promise<string> {
    const query = new URLSearchParams({ redirect_uri: back, scope, state: 'Session1' });
    const { status, text, body } = await this.get(`authorize-url?${query.toString()}`, appid);
    if (status !== 200) throw new Error(text);
    return String(body.url);
  }

  /** Walks a person through WeChat's pages and back to the site. */
  async visit(person: string, scope: Scope = 'snsapi_userinfo', { appid = demoApp, decision = 'allow' } = {}): Promise<URL> {
    const url = await this.authorizeUrl(scope, appid);
    const path = `/people/${person}/authorize`;
    const { redirect_url } = await this.wechat.control<{ redirect_url: string }>('POST', path, { url, decision });
    return new URL(redirect_url);
  }

  async code(person: string, scope?: Scope, appid?: string): Promise<string> {
    const code = (await this.visit(person, scope, { ...(appid !== undefined && { appid }) })).searchParams.get('code');
    if (code === null) throw new Error('WeChat gave no code');
    return code;
  }

  async login(person: string, scope?: Scope): Promise<string> {
    const { status, text, body } = await this.exchange(await this.code(person, scope));
    if (status !== 200) throw new Error(text);
    return String(body.openid);
  }
}

describe('The address to send a person to', () => {
  const ours = shared(() => House.build());

  it.each([
    ['snsapi_base', demoApp, 'oauth2/authorize'],
    ['snsapi_userinfo', demoApp, 'oauth2/authorize'],
    ['snsapi_login', website, 'qrconnect'],
  ] as const)('for %s has every parameter in the only order that WeChat takes', async (scope, appid, page) => {
    const house = ours();

    const url = await house.authorizeUrl(scope, appid);

    expect(url).toBe(
      `${house.wechat.url}/connect/${page}?appid=${appid}&redirect_uri=${encodeURIComponent(back)}&response_type=code&scope=${scope}&state=Session1#wechat_redirect`,
    );
  });

  it('may have an empty state', async () => {
    const house = ours();

    const { body } = await house.get(`authorize-url?redirect_uri=${encodeURIComponent(back)}&scope=snsapi_base`);

    expect(body.url).toMatch(/&scope=snsapi_base&state=#wechat_redirect$/);
  });

  it.each([
    ['a relative redirect', 'redirect_uri=/back&scope=snsapi_base', 'redirect_uri'],
    ['no redirect', 'scope=snsapi_base', 'redirect_uri'],
    ['a redirect that is a script', 'redirect_uri=javascript:alert(1)&scope=snsapi_base', 'redirect_uri'],
    ['a scope that does not exist', 'redirect_uri=http://a.example.com/&scope=snsapi_all', 'scope'],
    ['a scope of websites', 'redirect_uri=http://a.example.com/&scope=snsapi_login', 'scope'],
    ['a state with signs', 'redirect_uri=http://a.example.com/&scope=snsapi_base&state=a-b', 'state'],
    ['a state of 129 letters', `redirect_uri=http://a.example.com/&scope=snsapi_base&state=${'a'.repeat(129)}`, 'state'],
  ])('is refused for %s', async (_, query, path) => {
    const house = ours();

    const { status, body } = await house.get(`authorize-url?${query}`);

    expect(status).toBe(400);
    expect(body.errors).toEqual([expect.objectContaining({ path })]);
  });

  it('is not there for a website inside WeChat, nor for a mini program', async () => {
    const house = ours();
    await house.wechat.registerIn(house.gateway, {}, 'wxdec0de0000000002');
    const query = `authorize-url?redirect_uri=${encodeURIComponent(back)}&scope=snsapi_userinfo`;

    const answers = [await house.get(query, website), await house.get(query, 'wxdec0de0000000002')];

    for (const { status, body } of answers)
      expect({ status, ...body }).toMatchObject({ status: 400, code: 'scope_not_for_kind' });
  });
});

describe('A person inside WeChat', () => {
  const ours = shared(() => House.build());

  it('who is only looked at (snsapi_base) is an openid and nothing more', async () => {
    const house = ours();

    const { status, body } = await house.exchange(await house.code('xiaoming', 'snsapi_base'));

    expect(status).toBe(200);
    expect(body).toEqual({
      openid: expect.stringMatching(/^o/),
      unionid: null,
      scope: 'snsapi_base',
      is_snapshot_user: false,
      user: null,
    });
  });

  it('who is known already has their unionid, also where WeChat is silent about it', async () => {
    const house = await House.build();
    const known = await house.exchange(await house.code('xiaoming'));

    const silent = await house.exchange(await house.code('xiaoming', 'snsapi_base'));
    const older = await house.gateway.ask('/v1/service/wx/getwxuserinfo', {
      method: 'POST',
      key: house.key,
      body: { source: 'test', appid: demoApp, code: await house.code('xiaoming', 'snsapi_base') },
    });

    expect(known.body.unionid).toEqual(expect.stringMatching(/^o/));
    expect(silent.body).toMatchObject({ openid: known.body.openid, unionid: known.body.unionid, user: null });
    // As the callers of that one know it.
    expect(older.body.body).toMatchObject({ openid: known.body.openid, unionid: '', nickname: '' });
  });

  it('who consents (snsapi_userinfo) is known by name and unionid', async () => {
    const house = ours();

    const { body } = await house.exchange(await house.code('hanmeimei'));

    expect(body).toMatchObject({
      scope: 'snsapi_userinfo',
      is_snapshot_user: false,
      user: { openid: body.openid, nickname: '韩梅梅', sex: 0, headimgurl: expect.stringMatching(/^https:/), privilege: [] },
    });
    expect(body.unionid).toEqual(expect.stringMatching(/^o/));
    expect((body.user as Record<string, unknown>).unionid).toBe(body.unionid);
  });

  it('gets the state back that they were sent with', async () => {
    const house = ours();

    const url = await house.visit('lilei', 'snsapi_base');

    expect(url.href).toMatch(/^http:\/\/127\.0\.0\.1:8080\/back\?from=wechat&code=\w+&state=Session1$/);
  });

  it('who refuses comes back without a code, which has an answer of its own', async () => {
    const house = ours();
    const url = await house.visit('lilei', 'snsapi_userinfo', { decision: 'deny' });
    expect(url.searchParams.get('code')).toBeNull();

    for (const none of [url.searchParams.get('code'), undefined, ''])
      expect((await house.exchange(none)).body).toMatchObject({ status: 400, code: 'code_missing' });
  });

  it('seen as a snapshot is marked, and nothing is kept of them', async () => {
    const house = await House.build();

    const { body } = await house.exchange(await house.code('chenjing'));

    expect(body).toMatchObject({ is_snapshot_user: true });
    expect((await house.get(`users/${String(body.openid)}`)).body).toMatchObject({ code: 'authorization_not_found' });
    expect(await house.gateway.database.query('SELECT openid FROM wechat_user')).toEqual([]);
  });
});

describe('A person at a desktop', () => {
  it('is known by the QR page of a website', async () => {
    const house = await House.build();

    const { status, body } = await house.exchange(await house.code('zhangwei', 'snsapi_login', website), { appid: website });

    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: 'snsapi_login', user: { nickname: '张伟' } });
    expect((await house.get(`users/${String(body.openid)}`, website)).body).toMatchObject({ nickname: '张伟' });
  });
});

describe('A code', () => {
  const ours = shared(() => House.build());

  it('works once, whichever of two replicas hear it how often', async () => {
    const house = await House.build();
    const twin = await house.gateway.twin();
    const code = await house.code('xiaoming');

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, turn) => house.exchange(code, { at: turn % 2 ? twin : house.gateway })),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((one) => one.status !== 200))
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'code_used' });
    expect(await house.wechat.calls('/sns/oauth2/access_token')).toBe(1);
  });

  it('repeated under the same Idempotency-Key gets the first answer, under another one a 409', async () => {
    const house = ours();
    const code = await house.code('xiaoming');
    const mine = { headers: { 'idempotency-key': 'login-1' } };

    const first = await house.exchange(code, mine);
    const again = await house.exchange(code, mine);
    const stranger = await house.exchange(code, { headers: { 'idempotency-key': 'login-2' } });

    expect(first.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect({ status: stranger.status, code: stranger.body.code }).toEqual({ status: 409, code: 'code_used' });
  });

  it('that somebody else has exchanged is used up', async () => {
    const house = ours();
    const code = await house.code('xiaoming');
    const { secret } = await house.wechat.app();
    await fetch(
      `${house.wechat.url}/sns/oauth2/access_token?appid=${demoApp}&secret=${secret}&code=${code}&grant_type=authorization_code`,
    );

    const { status, body } = await house.exchange(code);

    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'code_used', wechat: { errcode: 40163, hint: expect.any(String) } });
  });

  it('is remembered as used when WeChat has forgotten it', async () => {
    const house = await House.build();
    const code = await house.code('xiaoming');
    await house.exchange(code);
    await house.wechat.passes(6 * 60);

    expect((await house.exchange(code)).body).toMatchObject({ status: 409, code: 'code_used' });
  });

  it('that is too old, was never issued, or is of another app is invalid', async () => {
    const house = await House.build();
    const ofWebsite = await house.code('xiaoming', 'snsapi_login', website);
    const old = await house.code('xiaoming');
    await house.wechat.passes(301);

    for (const code of [old, '0neverissued', ofWebsite]) {
      const { status, body } = await house.exchange(code);
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'code_invalid' });
    }
  });

  it('that WeChat was too busy to take may be tried again', async () => {
    const house = ours();
    const code = await house.code('xiaoming');
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'errcode', errcode: -1, count: 1 });

    const busy = await house.exchange(code);
    const again = await house.exchange(code);

    expect({ status: busy.status, retry: busy.headers.get('retry-after') }).toEqual({ status: 503, retry: '2' });
    expect(again.status).toBe(200);
  });

  it('whose answer was lost on the way is used up, as WeChat says itself', async () => {
    const house = ours();
    const code = await house.code('xiaoming');
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'reset_after', count: 1 });

    const lost = await house.exchange(code);
    const again = await house.exchange(code);

    expect(lost.body).toMatchObject({ status: 503, code: 'wechat_unreachable' });
    expect(again.body).toMatchObject({ status: 409, code: 'code_used' });
  });

  it('is not spent for nothing when the profile fails once, or for a while', async () => {
    const house = ours();
    await house.wechat.fault({ path: '/sns/userinfo', kind: 'errcode', errcode: 40001, count: 1 });
    const once = await house.exchange(await house.code('xiaoming'));
    await house.wechat.fault({ path: '/sns/userinfo', kind: 'status', status: 502, count: 2 });
    const twice = await house.exchange(await house.code('xiaoming'));

    expect(once.body).toMatchObject({ user: { nickname: '王小明' } });
    expect(twice.body).toMatchObject({ openid: once.body.openid, scope: 'snsapi_userinfo', user: null });
    expect((await house.get(`users/${String(once.body.openid)}`)).body).toMatchObject({ nickname: '王小明' });
  });
});

describe('The profile of a person who consented', () => {
  it('is read again, in three languages, and also after the tokens of two hours', async () => {
    const house = await House.build();
    const openid = await house.login('hanmeimei');
    await house.wechat.passes(2 * hour + 60);
    await house.gateway.database.query("UPDATE web_authorization SET access_expires_at = now() - interval '1 minute'");

    for (const lang of ['zh_CN', 'zh_TW', 'en']) {
      const { status, body } = await house.get(`users/${openid}?lang=${lang}`);
      expect({ status, ...body }).toMatchObject({ status: 200, openid, nickname: '韩梅梅' });
    }
    expect((await house.get(`users/${openid}?lang=fr`)).status).toBe(400);
    expect(await house.wechat.calls('/sns/oauth2/refresh_token')).toBe(1);
  });

  it('is read through one renewal, however many ask on however many replicas, also where a renewal voids the old tokens', async () => {
    const house = await House.build();
    await house.wechat.control('PATCH', '/switches', { oauth_refresh: 'rotate' });
    const twin = await house.gateway.twin();
    const openid = await house.login('hanmeimei');

    for (let round = 1; round <= 3; round++) {
      await house.wechat.passes(2 * hour + 60);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, turn) => house.get(`users/${openid}`, demoApp, turn % 2 ? twin : house.gateway)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(await house.wechat.calls('/sns/oauth2/refresh_token')).toBe(round);
    }
  });

  it('wants a new consent after thirty-one days, and gets it', async () => {
    const house = await House.build();
    const openid = await house.login('hanmeimei');
    await house.wechat.passes(31 * day);

    for (let turn = 0; turn < 2; turn++)
      expect((await house.get(`users/${openid}`)).body).toMatchObject({ status: 409, code: 'authorization_expired' });
    expect((await house.get(`users/${openid}/authorization`)).body).toEqual({ valid: false });
    await house.login('hanmeimei');

    expect((await house.get(`users/${openid}`)).body).toMatchObject({ nickname: '韩梅梅' });
    expect((await house.get(`users/${openid}/authorization`)).body).toEqual({ valid: true });
  });

  it('wants a new consent after a change of the password', async () => {
    const house = await House.build();
    const openid = await house.login('hanmeimei');
    await house.wechat.control('POST', '/people/hanmeimei/change-password', {});

    expect((await house.get(`users/${openid}`)).body).toMatchObject({ status: 409, code: 'authorization_expired' });
  });

  it('is not there for somebody who was only looked at, and stays there for a silent visit after a consent', async () => {
    const house = await House.build();
    const silent = await house.login('lilei', 'snsapi_base');
    const known = await house.login('hanmeimei');
    await house.login('hanmeimei', 'snsapi_base');

    expect((await house.get(`users/${silent}`)).body).toMatchObject({ status: 409, code: 'profile_not_authorized' });
    expect((await house.get(`users/${silent}/authorization`)).body).toEqual({ valid: true });
    expect((await house.get(`users/${known}`)).body).toMatchObject({ nickname: '韩梅梅' });
    expect((await house.get('users/oNobodyWeKnow')).body).toMatchObject({ status: 404, code: 'authorization_not_found' });
    expect((await house.get('users/oNobodyWeKnow/authorization')).body).toEqual({ valid: false });
  });

  it('survives a replica that died while it renewed the tokens', async () => {
    const house = await House.build();
    const openid = await house.login('hanmeimei');
    await house.gateway.database.query(
      "UPDATE web_authorization SET fence = fence + 1, leased_until = now() - interval '1 second', access_expires_at = now()",
    );

    expect((await house.get(`users/${openid}`)).body).toMatchObject({ nickname: '韩梅梅' });
  });
});

/** Nobody here wrote it: it comes from the registry, and was made for the real WeChat. */
interface Outside {
  request: (url: string, options: unknown, done: unknown) => void;
  getAuthorizeURL(redirect: string, state: string, scope: string): string;
  getAuthorizeURLForWebsite(redirect: string, state: string, scope?: string): string;
  getUserByCode(code: string, done: (error: Error | null, user: Record<string, unknown>) => void): void;
}

const WechatOauth = createRequire(import.meta.url)('wechat-oauth') as new (appid: string, secret: string) => Outside;

describe('Beside the library wechat-oauth', () => {
  it('the gateway makes the same addresses and gets the same person', async () => {
    const house = await House.build();
    const { secret } = await house.wechat.app();
    const theirs = new WechatOauth(demoApp, secret);
    const atWechat = (url: string): string => url.replace('https://open.weixin.qq.com', house.wechat.url);

    expect(await house.authorizeUrl('snsapi_userinfo')).toBe(
      atWechat(theirs.getAuthorizeURL(back, 'Session1', 'snsapi_userinfo')),
    );
    expect((await house.authorizeUrl('snsapi_login', website)).replace(website, demoApp)).toBe(
      atWechat(theirs.getAuthorizeURLForWebsite(back, 'Session1')),
    );
    const send = theirs.request.bind(theirs);
    theirs.request = (url, options, done) => send(url.replace('https://api.weixin.qq.com', house.wechat.url), options, done);
    const code = await house.code('hanmeimei');
    const said = await new Promise<Record<string, unknown>>((resolve, reject) =>
      theirs.getUserByCode(code, (error, user) => (error ? reject(error) : resolve(user))),
    );

    const { body } = await house.exchange(await house.code('hanmeimei'));

    expect(body.user).toEqual(said);
    expect(body).toMatchObject({ openid: said.openid, unionid: said.unionid });
  });
});

describe('Secrets of people', () => {
  it('are in no log, no answer, no metric, and no column in the clear', async () => {
    const house = await House.build();
    const code = await house.code('hanmeimei');
    const exchanged = await house.exchange(code);
    const openid = String(exchanged.body.openid);
    await house.wechat.passes(2 * hour + 60);
    const profile = await house.get(`users/${openid}`);
    await house.exchange(code);
    const journal = JSON.stringify(await house.wechat.control('GET', '/journal?after=0&limit=1000'));
    const tokens = [...journal.matchAll(/85_[\w-]{40,}/g)].map(([token]) => token);
    expect(tokens.length).toBeGreaterThan(0);

    const rows = JSON.stringify([
      await house.gateway.database.query('SELECT * FROM web_authorization'),
      await house.gateway.database.query('SELECT * FROM used_code'),
      await house.gateway.database.query('SELECT * FROM audit_entry'),
    ]);
    const metrics = (await house.gateway.ask('/metrics')).text;
    const everything = [rows, metrics, exchanged.text, profile.text, ...house.gateway.logged].join('\n');
    for (const secret of [code, ...tokens, (await house.wechat.app()).secret]) expect(everything).not.toContain(secret);
  });
});
