import { describe, expect, it } from '@jest/globals';
import jpeg from 'jpeg-js';
import jsqr from 'jsqr';
import { shared } from './support/cleanup.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { demoApp } from './support/wechat.js';

const build = () => TalkingHouse.build({ scopes: ['mini_program'] });
const codes = `${demoProgram}/mini-program/codes`;
const links = `${demoProgram}/mini-program/links`;
const numbers = `${demoProgram}/mini-program/phone-number`;
const sessions = `${demoProgram}/mini-program/sessions`;
const phonePath = '/wxa/business/getuserphonenumber';

const front = async (house: TalkingHouse, action: string, more: Record<string, unknown> = {}) =>
  house.act<Record<string, string>>('lilei', action, { appid: demoProgram, ...more });

async function login(house: TalkingHouse): Promise<Record<string, unknown>> {
  const { code } = await front(house, 'mini-login');
  return (await house.ask(sessions, { body: { js_code: code } })).body;
}

async function image(house: TalkingHouse, body: unknown): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const answer = await fetch(`${house.gateway.url}/v1/apps/${codes}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

describe('A code of a mini program', () => {
  const ours = shared(build);

  it.each([
    [{ type: 'unlimited', scene: 'shop=17', page: 'pages/shop/shop', width: 430 }, null],
    [{ type: 'limited', path: 'pages/shop/shop?id=17', line_color: { r: 0, g: 0, b: 0 } }, '1'],
    [{ type: 'legacy', path: 'pages/shop/shop?id=17' }, '1'],
  ])('%j is the image itself, which a camera reads', async (order, used) => {
    const house = await build();

    const { status, headers, bytes } = await image(house, order);

    expect([status, headers.get('content-type'), headers.get('x-codes-used')]).toEqual([200, 'image/jpeg', used]);
    const { data, width, height } = jpeg.decode(bytes, { useTArray: true });
    expect(jsqr.default(new Uint8ClampedArray(data), width, height)?.data).toContain('pages/shop/shop');
  });

  it('that is transparent is called a PNG, which it is', async () => {
    const house = ours();

    const { headers, bytes } = await image(house, { type: 'unlimited', scene: 'a', is_hyaline: true });

    expect([headers.get('content-type'), bytes.toString('latin1', 1, 4)]).toEqual(['image/png', 'PNG']);
  });

  it('is refused before WeChat is asked, for every fault at once', async () => {
    const house = ours();
    const wrong: [object, string[]][] = [
      [{ type: 'unlimited' }, ['scene']],
      [{ type: 'unlimited', scene: '100%' }, ['scene']],
      [{ type: 'unlimited', scene: 'x'.repeat(33), page: '/pages/index/index' }, ['scene', 'page']],
      [{ type: 'unlimited', scene: 'a', page: 'pages/index/index?a=1' }, ['page']],
      [{ type: 'unlimited', scene: 'a', path: 'pages/index/index' }, ['path']],
      [{ type: 'limited' }, ['path']],
      [{ type: 'limited', path: 'p?scancode_time=1' }, ['path']],
      [{ type: 'limited', path: 'x'.repeat(1_025) }, ['path']],
      [{ type: 'legacy', path: 'x'.repeat(129) }, ['path']],
      [{ type: 'legacy', path: 'p', is_hyaline: true }, ['is_hyaline']],
      [
        { type: 'limited', path: 'p', width: 279, env_version: 'best', line_color: { r: 256, g: 0, b: 0 } },
        ['env_version', 'width', 'line_color'],
      ],
      [{ type: 'round', scene: 'a' }, ['type']],
    ];

    for (const [order, paths] of wrong) {
      const { status, body } = await house.ask(codes, { body: order });
      expect([order, status, (body.errors as { path: string }[]).map(({ path }) => path)]).toEqual([order, 400, paths]);
    }
  });

  it('of a page that is not released is refused, unless nobody checks', async () => {
    const house = ours();
    const order = { type: 'unlimited', scene: 'a', page: 'pages/new/new' };

    const { status, body } = await house.ask(codes, { body: order });

    expect([status, body.wechat]).toEqual([422, expect.objectContaining({ errcode: 41030 })]);
    expect((await image(house, { ...order, check_path: false })).status).toBe(200);
  });

  it.each(['image_type', 'errcode'])(
    'is a problem when WeChat errs, also in JSON that calls itself an image (%s)',
    async (kind) => {
      const house = await build();
      if (kind === 'image_type') await house.wechat.control('PATCH', `/apps/${demoProgram}`, { released_pages: [] });
      const path = '/wxa/getwxacodeunlimit';
      await house.wechat.fault(kind === 'errcode' ? { path, kind, errcode: 41030 } : { path, kind });

      const { status, headers, body } = await house.ask(codes, {
        body: { type: 'unlimited', scene: 'a', page: 'pages/shop/shop' },
      });

      expect([status, body.code]).toEqual([422, 'wechat_refused']);
      expect(headers.get('content-type')).toMatch(/problem\+json/);
    },
  );

  it('that comes as neither image nor error is called nonsense', async () => {
    const house = await build();
    await house.wechat.fault({ path: '/wxa/getwxacodeunlimit', kind: 'html' });

    expect((await house.ask(codes, { body: { type: 'unlimited', scene: 'a' } })).body.code).toBe('wechat_garbled');
  });

  it('beyond five thousand a minute waits for the next one', async () => {
    const house = await build();
    await house.wechat.control('PUT', `/apps/${demoProgram}/quota`, { path: '/wxa/getwxacodeunlimit', per_minute: 0 });

    const { status, headers, body } = await house.ask(codes, { body: { type: 'unlimited', scene: 'a' } });

    expect([status, headers.get('retry-after')]).toEqual([429, '60']);
    expect(body.wechat).toMatchObject({ errcode: 45009, hint: expect.stringContaining('a minute') });
  });

  it('heals a token that died, inside the call', async () => {
    const house = ours();
    await image(house, { type: 'unlimited', scene: 'a' });
    await house.wechat.control('POST', `/apps/${demoProgram}/kill-tokens`, { line: 'stable' });

    expect((await image(house, { type: 'unlimited', scene: 'a' })).status).toBe(200);
  });

  it('is for mini programs only', async () => {
    const house = ours();

    const { status, body } = await house.ask(`${demoApp}/mini-program/codes`, { body: { type: 'unlimited', scene: 'a' } });

    expect([status, body.code]).toEqual([400, 'not_a_mini_program']);
  });
});

describe('A phone number', () => {
  const ours = shared(build);

  it('is given for the code of the phone button, once', async () => {
    const house = ours();
    const before = await house.wechat.calls(phonePath);
    const { code } = await front(house, 'phone-code');

    const first = await house.ask(numbers, { body: { code } });
    const second = await house.ask(numbers, { body: { code } });

    expect([first.status, first.body]).toEqual([
      200,
      { phone_number: expect.stringMatching(/^1390000\d{4}$/), pure_phone_number: expect.any(String), country_code: '86' },
    ]);
    // WeChat would only say that it is invalid.
    expect([second.status, second.body.code]).toEqual([409, 'code_used']);
    expect((await house.wechat.calls(phonePath)) - before).toBe(1);
  });

  it('is given again to the same request, whose answer was lost on its way', async () => {
    const house = ours();
    const before = await house.wechat.calls(phonePath);
    const { code } = await front(house, 'phone-code');
    const question = { body: { code }, headers: { 'idempotency-key': 'phone-1' } };

    const [first, second] = [await house.ask(numbers, question), await house.ask(numbers, question)];

    expect(second.body).toEqual(first.body);
    expect((await house.wechat.calls(phonePath)) - before).toBe(1);
  });

  it('survives a token that died: the code was not used by the refused call', async () => {
    const house = ours();
    await house.ask(links, { body: { type: 'url_link' } });
    await house.wechat.control('POST', `/apps/${demoProgram}/kill-tokens`, { line: 'stable' });
    const { code } = await front(house, 'phone-code');

    expect((await house.ask(numbers, { body: { code } })).status).toBe(200);
  });

  it.each([
    ['an unknown code', () => Promise.resolve('unknown'), 422, 'code_invalid'],
    [
      'an expired code',
      async (house: TalkingHouse) => {
        const { code } = await front(house, 'phone-code');
        await house.wechat.passes(301);
        return code;
      },
      422,
      'code_invalid',
    ],
    ['the code of a login', async (house: TalkingHouse) => (await front(house, 'mini-login')).code, 422, 'code_invalid'],
  ])('is not given for %s', async (what, make, status, code) => {
    const house = what === 'an expired code' ? await build() : ours();

    const answer = await house.ask(numbers, { body: { code: await make(house) } });

    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('is asked for once by twenty requests that come together', async () => {
    const house = ours();
    const before = await house.wechat.calls(phonePath);
    const { code } = await front(house, 'phone-code');

    const answers = await Promise.all(Array.from({ length: 20 }, () => house.ask(numbers, { body: { code } })));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect((await house.wechat.calls(phonePath)) - before).toBe(1);
  });
});

describe('A session of a mini program', () => {
  const ours = shared(build);

  it('begins with the code of wx.login, and shows no session_key', async () => {
    const house = await build();

    const session = await login(house);

    expect(session).toEqual({
      session_id: expect.stringMatching(/^\w{24}$/),
      openid: await house.openid('lilei', demoProgram),
      unionid: expect.stringMatching(/^o/),
    });
    const [row] = await house.gateway.database.query<{ sealed_session_key: string }>(
      'SELECT sealed_session_key FROM mini_session',
    );
    expect(row?.sealed_session_key).toMatch(/^v1\./);
  });

  it.each([
    ['used', 409, 'code_used'],
    ['expired', 422, 'code_invalid'],
    ['unknown', 422, 'code_invalid'],
  ])('does not begin with a code that is %s', async (how, status, code) => {
    const house = how === 'expired' ? await build() : ours();
    const { code: issued } = await front(house, 'mini-login');
    if (how === 'used') await house.ask(sessions, { body: { js_code: issued } });
    if (how === 'expired') await house.wechat.passes(301);

    const answer = await house.ask(sessions, { body: { js_code: how === 'unknown' ? 'unknown' : issued } });

    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('does not begin for people whom WeChat blocks', async () => {
    const house = await build();
    const { code } = await front(house, 'mini-login');
    await house.wechat.control('PATCH', '/people/lilei', { is_high_risk: true });

    const { status, body } = await house.ask(sessions, { body: { js_code: code } });

    expect([status, body.wechat]).toEqual([422, expect.objectContaining({ errcode: 40226 })]);
  });

  it('opens what WeChat sealed for the front end', async () => {
    const house = ours();
    const { session_id } = await login(house);
    const { encryptedData, iv } = await front(house, 'mini-data', { kind: 'phone' });

    const { status, body } = await house.ask(`${sessions}/${String(session_id)}/decrypt`, {
      body: { encrypted_data: encryptedData, iv },
    });

    expect(status).toBe(200);
    expect(body.data).toMatchObject({ purePhoneNumber: expect.stringMatching(/^139/), watermark: { appid: demoProgram } });
  });

  it('opens data of a later login of the same person too', async () => {
    const house = ours();
    const { session_id } = await login(house);
    await login(house);
    const { encryptedData, iv } = await front(house, 'mini-data');

    const { status } = await house.ask(`${sessions}/${String(session_id)}/decrypt`, {
      body: { encrypted_data: encryptedData, iv },
    });

    expect(status).toBe(200);
  });

  it('does not open what was made for another mini program', async () => {
    const house = ours();
    const { session_id } = await login(house);
    const { encryptedData, iv } = await front(house, 'mini-data', { watermark_appid: 'wx0000000000000000' });

    const { status, body } = await house.ask(`${sessions}/${String(session_id)}/decrypt`, {
      body: { encrypted_data: encryptedData, iv },
    });

    expect([status, body.code]).toEqual([422, 'data_of_another_app']);
  });

  it('does not open what its key does not fit', async () => {
    const house = ours();
    const { session_id } = await login(house);
    // The mini program has logged in once more, and its back end has not heard of it.
    await front(house, 'mini-login');
    const { encryptedData, iv } = await front(house, 'mini-data');
    const decrypt = (id: unknown) =>
      house.ask(`${sessions}/${String(id)}/decrypt`, { body: { encrypted_data: encryptedData, iv } });

    const [wrong, unknown] = [await decrypt(session_id), await decrypt('unknown')];

    expect([wrong.status, wrong.body.code]).toEqual([422, 'data_not_opened']);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'session_not_found']);
  });

  it('goes with the record of the person', async () => {
    const house = await build();
    const { openid } = await login(house);

    await house.gateway.admin(`/apps/${demoProgram}/users/${String(openid)}`, { method: 'DELETE' });

    expect(await house.gateway.database.query('SELECT 1 FROM mini_session')).toEqual([]);
  });
});

describe('A link to a mini program', () => {
  const ours = shared(build);

  it.each([
    [
      { type: 'url_link', path: 'pages/shop/shop', query: 'id=17', expire_type: 1, expire_interval: 30 },
      /^https:\/\/wxaurl\.cn\//,
    ],
    [{ type: 'scheme', path: 'pages/shop/shop', query: 'id=17' }, /^weixin:\/\/dl\/business\//],
    [{ type: 'short_link', page_url: 'pages/shop/shop?id=17', page_title: '商店' }, /^#小程序:\/\/商店\//],
  ])('%j is made', async (order, form) => {
    const house = ours();

    const { status, body } = await house.ask(links, { body: order });

    expect([status, body]).toEqual([200, { type: order.type, link: expect.stringMatching(form) }]);
  });

  it('is refused before WeChat is asked, for every fault at once', async () => {
    const house = ours();
    const wrong: [object, string[]][] = [
      [{ type: 'url_link', expire_type: 1 }, ['expire_interval']],
      [{ type: 'url_link', expire_type: 0, expire_time: 1 }, ['expire_time']],
      [{ type: 'scheme', expire_interval: 3 }, ['expire_type']],
      [{ type: 'scheme', page_url: 'a' }, ['page_url']],
      [{ type: 'short_link', path: 'a' }, ['path', 'page_url']],
      [{ type: 'url_link', query: 'x'.repeat(1_025), env_version: 'best' }, ['query', 'env_version']],
    ];

    for (const [order, paths] of wrong) {
      const { status, body } = await house.ask(links, { body: order });
      expect([order, status, (body.errors as { path: string }[]).map(({ path }) => path)]).toEqual([order, 400, paths]);
    }
  });

  it.each([
    [{ type: 'url_link', path: 'pages/none' }, 40165],
    [{ type: 'short_link', page_url: 'pages/none' }, 40066],
  ])('%j is refused by WeChat with %i', async (order, errcode) => {
    const house = ours();

    const { status, body } = await house.ask(links, { body: order });

    expect([status, body.wechat]).toEqual([422, expect.objectContaining({ errcode })]);
  });

  it('of a mini program that is not released calls for its operator', async () => {
    const house = await build();
    await house.wechat.control('PATCH', `/apps/${demoProgram}`, { released_pages: [] });

    const { status, body } = await house.ask(links, { body: { type: 'url_link' } });

    expect([status, body.code]).toEqual([502, 'app_needs_attention']);
  });
});
