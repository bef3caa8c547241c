import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openUserData, userDataSignature } from '#wechat-crypto';
import jpeg from 'jpeg-js';
import jsqr from 'jsqr';
import { type Body, Driver, miniProgram, officialAccount } from '../test/driver.js';

let driver: Driver;
beforeAll(async () => void (driver = await Driver.start()));
beforeEach(() => driver.reset());
afterAll(() => driver.close());

async function tokenOf(app: { appid: string; secret: string } = miniProgram): Promise<string> {
  return String((await driver.stableToken(false, app))['access_token']);
}

const post = async (path: string, body: unknown, app?: { appid: string; secret: string }): Promise<Body> =>
  driver.post(`${path}?access_token=${await tokenOf(app)}`, body);

async function image(path: string, body: Body): Promise<{ type: string | null; used: string | null; bytes: Buffer }> {
  const answer = await fetch(`${driver.url}${path}?access_token=${await tokenOf()}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const { headers } = answer;
  return { type: headers.get('content-type'), used: headers.get('num-used'), bytes: Buffer.from(await answer.arrayBuffer()) };
}

const front = (call: string, more: Body = {}): Promise<Body> =>
  driver.control('POST', `/_sim/people/lilei/${call}`, { appid: miniProgram.appid, ...more });

const session = (code: unknown, app = miniProgram): Promise<Body> =>
  driver.get(`/sns/jscode2session?appid=${app.appid}&secret=${app.secret}&js_code=${String(code)}&grant_type=authorization_code`);

describe('A login of a mini program', () => {
  it('gives who it is and a key, once', async () => {
    const { code } = await front('mini-login');
    const first = await session(code);

    expect(first).toEqual({
      session_key: expect.stringMatching(/^[\w+/]{22}==$/),
      openid: expect.stringMatching(/^o/),
      unionid: expect.stringMatching(/^o/),
    });
    expect(await session(code)).toMatchObject({ errcode: 40163 });
    expect(await session('unknown')).toMatchObject({ errcode: 40029 });
  });

  it('is over after five minutes, belongs to one app, and is refused to people of high risk', async () => {
    const late = await front('mini-login');
    await driver.advance(300);
    const foreign = await front('mini-login');
    await driver.control('PATCH', '/_sim/people/lilei', { is_high_risk: true });
    const risky = await front('mini-login');

    expect(await session(late['code'])).toMatchObject({ errcode: 40029 });
    expect(await session(foreign['code'], officialAccount)).toMatchObject({ errcode: 40013 });
    expect(await session(risky['code'])).toMatchObject({ errcode: 40226 });
  });

  it('has a key that opens what the front end was given, and can be proven and replaced', async () => {
    const { session_key: key, openid } = await session((await front('mini-login'))['code']);
    const sealed = await front('mini-data', { kind: 'phone' });
    const signature = createHmac('sha256', String(key)).update('').digest('hex');
    const proof = `access_token=${await tokenOf()}&openid=${String(openid)}&signature=${signature}&sig_method=hmac_sha256`;

    const clear = openUserData({
      encryptedData: String(sealed['encryptedData']),
      iv: String(sealed['iv']),
      sessionKey: String(key),
      appid: miniProgram.appid,
    });
    expect(clear).toMatchObject({
      purePhoneNumber: expect.stringMatching(/^1390000\d{4}$/),
      watermark: { appid: miniProgram.appid },
    });
    expect(sealed['signature']).toBe(userDataSignature({ rawData: String(sealed['rawData']), sessionKey: String(key) }));
    expect(await driver.get(`/wxa/checksession?${proof}`)).toMatchObject({ errcode: 0 });
    expect((await driver.get(`/wxa/resetusersessionkey?${proof}`))['session_key']).not.toBe(key);
    expect(await driver.get(`/wxa/checksession?${proof}`)).toMatchObject({ errcode: 87009 });
  });
});

describe('A phone code', () => {
  const exchange = (code: unknown, app?: typeof miniProgram) => post('/wxa/business/getuserphonenumber', { code }, app);

  it('gives the number, once, for five minutes', async () => {
    const { code } = await front('phone-code');
    const late = await front('phone-code');

    expect(await exchange(code)).toMatchObject({ phone_info: { countryCode: '86', watermark: { appid: miniProgram.appid } } });
    expect(await exchange(code)).toMatchObject({ errcode: 40029 });
    await driver.advance(300);
    expect(await exchange(late['code'])).toMatchObject({ errcode: 40029 });
  });
});

describe('A mini-program code', () => {
  it.each([
    ['/wxa/getwxacode', { path: 'pages/index/index?a=1' }, '1'],
    ['/wxa/getwxacodeunlimit', { scene: 'a=1', page: 'pages/index/index' }, null],
    ['/cgi-bin/wxaapp/createwxaqrcode', { path: 'pages/index/index?a=1' }, '1'],
  ])('of %s is a JPEG that a camera reads', async (path, body, counted) => {
    const { type, used, bytes } = await image(path, body);
    const { data, width, height } = jpeg.decode(bytes, { useTArray: true });

    expect(type).toBe('image/jpeg');
    expect(used).toBe(counted);
    expect(jsqr.default(new Uint8ClampedArray(data), width, height)?.data).toContain(miniProgram.appid);
  });

  it('is a PNG where it is transparent', async () => {
    const { type, bytes } = await image('/wxa/getwxacodeunlimit', { scene: 'a=1', is_hyaline: true });

    expect(type).toBe('image/png');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    ['/wxa/getwxacode', { path: '' }, 40159],
    ['/wxa/getwxacode', { path: 'a?scancode_time=1' }, 85096],
    ['/wxa/getwxacode', { path: 'a', width: 1281 }, 40097],
    ['/wxa/getwxacodeunlimit', { scene: '' }, 40169],
    ['/wxa/getwxacodeunlimit', { scene: '100%' }, 40129],
    ['/wxa/getwxacodeunlimit', { scene: 'a', page: '/pages/index/index' }, 41030],
    ['/wxa/getwxacodeunlimit', { scene: 'a', page: 'pages/none' }, 41030],
    ['/wxa/getwxacodeunlimit', { scene: 'a', env_version: 'best' }, 40097],
    ['/cgi-bin/wxaapp/createwxaqrcode', { path: 'x'.repeat(129) }, 40159],
  ])('%s %j is refused with %i', async (path, body, errcode) => {
    expect(await post(path, body)).toMatchObject({ errcode });
  });

  it('of a page that is not released is made when nobody checks', async () => {
    expect((await image('/wxa/getwxacodeunlimit', { scene: 'a', page: 'pages/none', check_path: false })).type).toBe(
      'image/jpeg',
    );
  });

  it('has a limit per minute of its own errcode', async () => {
    const path = '/wxa/getwxacodeunlimit';
    await driver.control('PUT', `/_sim/apps/${miniProgram.appid}/quota`, { path, per_minute: 1 });
    await image(path, { scene: 'a' });

    expect(await post(path, { scene: 'a' })).toMatchObject({ errcode: 45009 });
  });
});

describe('A link', () => {
  it.each([
    ['/wxa/generate_urllink', { path: 'pages/shop/shop', query: 'a=1' }, 'url_link'],
    [
      '/wxa/generatescheme',
      { jump_wxa: { path: 'pages/shop/shop' }, is_expire: true, expire_type: 1, expire_interval: 30 },
      'openlink',
    ],
    ['/wxa/genwxashortlink', { page_url: 'pages/shop/shop?a=1', page_title: '商店' }, 'link'],
  ])('of %s is made', async (path, body, name) => {
    expect(await post(path, body)).toMatchObject({ errcode: 0, [name]: expect.any(String) });
  });

  it.each([
    ['/wxa/generate_urllink', { path: 'pages/none' }, 40165],
    ['/wxa/generate_urllink', { query: 'x'.repeat(1025) }, 40212],
    ['/wxa/generate_urllink', { expire_type: 1, expire_interval: 31 }, 85401],
    ['/wxa/generate_urllink', { env_version: 'best' }, 85402],
    ['/wxa/genwxashortlink', { page_url: 'pages/none' }, 40066],
  ])('%s %j is refused with %i', async (path, body, errcode) => {
    expect(await post(path, body)).toMatchObject({ errcode });
  });

  it('needs a released version', async () => {
    await driver.control('PATCH', `/_sim/apps/${miniProgram.appid}`, { released_pages: [] });

    expect(await post('/wxa/generate_urllink', {})).toMatchObject({ errcode: 85079 });
  });
});
