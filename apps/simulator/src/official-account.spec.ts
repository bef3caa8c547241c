import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import jpeg from 'jpeg-js';
import jsqr from 'jsqr';
import { type Body, Driver, miniProgram, officialAccount } from '../test/driver.js';

// jsqr is CommonJS with its function under `default`, which Node's interop does not unwrap.
const decode = (jsqr as unknown as { default?: typeof jsqr.default }).default ?? (jsqr as unknown as typeof jsqr.default);

let wechat: Driver;
let token: string;

beforeAll(async () => {
  wechat = await Driver.start();
});
beforeEach(async () => {
  await wechat.reset();
  token = String((await wechat.stableToken())['access_token']);
});
afterAll(() => wechat.close());

const create = (body: unknown) => wechat.post(`/cgi-bin/qrcode/create?access_token=${token}`, body);
const temporary = (scene: object, expire_seconds: unknown = 600, action_name = 'QR_STR_SCENE') =>
  create({ expire_seconds, action_name, action_info: { scene } });

async function openidOf(person: string, appid = officialAccount.appid): Promise<string> {
  const people = (await wechat.control('GET', '/_sim/people')) as unknown as {
    id: string;
    accounts: { appid: string; openid: string }[];
  }[];
  return people.find(({ id }) => id === person)?.accounts.find((account) => account.appid === appid)?.openid ?? '';
}

describe('qrcode/create', () => {
  it.each([
    ['QR_SCENE', { scene_id: 4_294_967_295 }, 600],
    ['QR_STR_SCENE', { scene_str: 'x'.repeat(64) }, 600],
    ['QR_LIMIT_SCENE', { scene_id: 100_000 }, undefined],
    ['QR_LIMIT_STR_SCENE', { scene_str: '中文' }, undefined],
  ])('makes a code of kind %s', async (action, scene, seconds) => {
    const code = await temporary(scene, 600, action);

    expect(code['errcode']).toBeUndefined();
    expect(code['expire_seconds']).toBe(seconds);
  });

  it.each([
    ['an action that does not exist', 'QR_OTHER', { scene_id: 1 }, 600, 40052],
    ['a property of objects as action', 'constructor', { scene_id: 1 }, 600, 40052],
    ['scene 0', 'QR_SCENE', { scene_id: 0 }, 600, 40053],
    ['a fraction', 'QR_SCENE', { scene_id: 1.5 }, 600, 40053],
    ['a scene over 32 bits', 'QR_SCENE', { scene_id: 4_294_967_296 }, 600, 40053],
    ['a permanent scene over 100000', 'QR_LIMIT_SCENE', { scene_id: 100_001 }, 600, 40053],
    ['an empty text', 'QR_STR_SCENE', { scene_str: '' }, 600, 40053],
    ['65 letters', 'QR_STR_SCENE', { scene_str: 'x'.repeat(65) }, 600, 40053],
    ['a number for a text', 'QR_STR_SCENE', { scene_id: 1 }, 600, 40053],
    ['a text for the seconds', 'QR_STR_SCENE', { scene_str: 'a' }, '600', 40053],
  ])('refuses %s', async (_what, action, scene, seconds, errcode) => {
    expect((await temporary(scene, seconds, action))['errcode']).toBe(errcode);
  });

  it('gives 60 seconds when none are asked for, and cuts what is over 30 days', async () => {
    expect((await create({ action_name: 'QR_SCENE', action_info: { scene: { scene_id: 1 } } }))['expire_seconds']).toBe(60);
    expect((await temporary({ scene_str: 'a' }, 2_592_001))['expire_seconds']).toBe(2_592_000);
    await wechat.control('PATCH', '/_sim/switches', { qr_expire_over_limit: '40053', qr_default_expire_seconds: 30 });
    expect((await temporary({ scene_str: 'a' }, 2_592_001))['errcode']).toBe(40053);
    expect((await create({ action_name: 'QR_SCENE', action_info: { scene: { scene_id: 1 } } }))['expire_seconds']).toBe(30);
  });

  it('is for verified official accounts', async () => {
    await wechat.control('PATCH', `/_sim/apps/${officialAccount.appid}`, { verified: false });
    expect((await temporary({ scene_str: 'a' }))['errcode']).toBe(48001);
    token = String((await wechat.stableToken(false, miniProgram))['access_token']);
    expect((await temporary({ scene_str: 'a' }))['errcode']).toBe(48001);
  });

  it('makes tickets with the anatomy of real ones', async () => {
    const code = await temporary({ scene_str: 'a' }, 600);
    const { unix_seconds } = await wechat.control('GET', '/_sim/clock');
    const bytes = Buffer.from(String(code['ticket']), 'base64url');

    expect(bytes).toHaveLength(72);
    expect([bytes[0], bytes[1], bytes[4]]).toEqual([0x81, 0x01, 0x3c]);
    expect(bytes.toString('ascii', 14, 59)).toBe(code['url']);
    expect([bytes.readUInt32LE(62), bytes.readUInt32LE(68)]).toEqual([unix_seconds, 600]);
  });
});

describe('showqrcode', () => {
  const show = (ticket: unknown) => fetch(`${wechat.url}/cgi-bin/showqrcode?ticket=${encodeURIComponent(String(ticket))}`);

  it('draws what a phone can read', async () => {
    const code = await temporary({ scene_str: 'a' });
    const image = await show(code['ticket']);
    const picture = jpeg.decode(Buffer.from(await image.arrayBuffer()), { useTArray: true });

    expect(image.headers.get('content-type')).toBe('image/jpg');
    expect(decode(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data).toBe(code['url']);
  });

  it('is 404 for a ticket it does not know, and for one that has expired', async () => {
    expect((await show('nothing')).status).toBe(404);
    const code = await temporary({ scene_str: 'a' }, 10);
    await wechat.advance(10);
    expect((await show(code['ticket'])).status).toBe(404);
    await wechat.control('PATCH', '/_sim/switches', { expired_ticket_image: 'image' });
    expect((await show(code['ticket'])).status).toBe(200);
  });
});

describe('people of an account', () => {
  const info = (openid: string) => wechat.get(`/cgi-bin/user/info?access_token=${token}&openid=${openid}&lang=zh_CN`);

  it('have blank personal fields when they follow, in the order of the wire', async () => {
    const profile = await info(await openidOf('xiaoming'));

    expect(Object.keys(profile).join()).toBe(
      'subscribe,openid,nickname,sex,language,city,province,country,headimgurl,subscribe_time,unionid,remark,groupid,tagid_list,subscribe_scene,qr_scene,qr_scene_str',
    );
    expect(profile).toMatchObject({ subscribe: 1, nickname: '', headimgurl: '', subscribe_scene: 'ADD_SCENE_SEARCH' });
  });

  it('are barely known when they do not, and not at all when they are of another app', async () => {
    const openid = await openidOf('hanmeimei');

    expect(await info(openid)).toEqual({ subscribe: 0, openid, tagid_list: [] });
    expect((await info(await openidOf('xiaoming', miniProgram.appid)))['errcode']).toBe(40003);
    expect((await wechat.get(`/cgi-bin/user/info?access_token=${token}`))['errcode']).toBe(41009);
  });

  it('remember the code they followed through', async () => {
    const { url } = await temporary({ scene_str: 'poster' });
    await wechat.control('POST', '/_sim/people/hanmeimei/scan', { content: url });

    expect(await info(await openidOf('hanmeimei'))).toMatchObject({
      subscribe: 1,
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene_str: 'poster',
    });
  });

  it('come by the hundred, strangers among them', async () => {
    const batch = (user_list: unknown) => wechat.post(`/cgi-bin/user/info/batchget?access_token=${token}`, { user_list });
    const known = await openidOf('xiaoming');

    const answer = (await batch([{ openid: known }, { openid: 'oNobody' }]))['user_info_list'] as Body[];

    expect(answer.map(({ subscribe }) => subscribe)).toEqual([1, 0]);
    expect((await batch(Array.from({ length: 101 }, () => ({ openid: known }))))['errcode']).toBe(40035);
    expect((await batch('x'))['errcode']).toBe(40097);
    expect((await batch([null]))['errcode']).toBe(41009);
  });

  it('are listed page by page', async () => {
    await wechat.control('PATCH', '/_sim/switches', { user_get_page_size: 1 });
    const page = (next: unknown) => wechat.get(`/cgi-bin/user/get?access_token=${token}&next_openid=${String(next)}`);

    const first = await page('');
    const second = await page(first['next_openid']);

    expect([first['total'], first['count'], second['count']]).toEqual([2, 1, 1]);
    expect(await page(second['next_openid'])).toEqual({ total: 2, count: 0, next_openid: '' });
  });

  it('can carry a remark', async () => {
    const openid = await openidOf('xiaoming');
    const remark = (words: string) =>
      wechat.post(`/cgi-bin/user/info/updateremark?access_token=${token}`, { openid, remark: words });

    expect(await remark('老客户')).toEqual({ errcode: 0, errmsg: 'ok' });
    expect((await info(openid))['remark']).toBe('老客户');
    expect((await remark('x'.repeat(30)))['errcode']).toBe(40097);
  });
});

describe('quotas', () => {
  const quotaOf = (cgi_path: string) => wechat.post(`/cgi-bin/openapi/quota/get?access_token=${token}`, { cgi_path });
  const limit = (path: string, daily: number) =>
    wechat.control('PUT', `/_sim/apps/${officialAccount.appid}/quota`, { path, daily });

  it('count failures with a good token too, as quota/get tells', async () => {
    await temporary({ scene_str: 'a' });
    await temporary({ scene_str: '' });

    expect(await quotaOf('/cgi-bin/qrcode/create')).toMatchObject({ quota: { daily_limit: 100_000, used: 2, remain: 99_998 } });
  });

  it('leave failures out when the switch says so', async () => {
    await wechat.control('PATCH', '/_sim/switches', { quota_counts_failures: false });
    await temporary({ scene_str: '' });

    expect(await quotaOf('/cgi-bin/qrcode/create')).toMatchObject({ quota: { used: 0 } });
  });

  it('are smaller for a test account', async () => {
    await wechat.control('PATCH', `/_sim/apps/${officialAccount.appid}`, { sandbox: true });

    expect(await quotaOf('/cgi-bin/token')).toMatchObject({ quota: { daily_limit: 200 } });
  });

  it('end in 45009 and begin again after clear_quota, ten times a month', async () => {
    await limit('/cgi-bin/qrcode/create', 0);
    expect((await temporary({ scene_str: 'a' }))['errcode']).toBe(45009);
    await limit('/cgi-bin/qrcode/create', 1);
    const { appid, secret } = officialAccount;
    for (let count = 0; count < 10; count++) {
      expect((await temporary({ scene_str: 'a' }))['errcode']).toBeUndefined();
      expect((await temporary({ scene_str: 'a' }))['errcode']).toBe(45009);
      const cleared = await (count % 2
        ? wechat.post(`/cgi-bin/clear_quota?access_token=${token}`, { appid })
        : wechat.post('/cgi-bin/clear_quota/v2', { appid, appsecret: secret }));
      expect(cleared['errcode']).toBe(0);
    }

    expect((await wechat.post('/cgi-bin/clear_quota/v2', { appid, appsecret: secret }))['errcode']).toBe(48006);
    expect((await wechat.post('/cgi-bin/clear_quota/v2', { appid, appsecret: 'x' }))['errcode']).toBe(40125);
  });

  it('can be cleared for one path', async () => {
    await temporary({ scene_str: 'a' });
    await wechat.post(`/cgi-bin/openapi/quota/clear?access_token=${token}`, { cgi_path: '/cgi-bin/qrcode/create' });

    expect(await quotaOf('/cgi-bin/qrcode/create')).toMatchObject({ quota: { used: 0 } });
    expect((await quotaOf('/cgi-bin/nothing'))['errcode']).toBe(76021);
    expect((await quotaOf('/sns/userinfo'))['errcode']).toBe(76022);
  });
});

describe('a rid', () => {
  const look = (rid: string) => wechat.post(`/cgi-bin/openapi/rid/get?access_token=${token}`, { rid });

  it('leads back to the call', async () => {
    const failed = await temporary({ scene_str: '' });
    const rid = /rid: ([\w-]+)$/.exec(String(failed['errmsg']))?.[1] ?? '';

    expect(await look(rid)).toMatchObject({
      errcode: 0,
      request: { client_ip: '127.0.0.1', request_body: expect.stringContaining('QR_STR_SCENE') },
    });
    expect((await look('x'))['errcode']).toBe(76002);
    expect((await look('00000000-00000000-00000000'))['errcode']).toBe(76001);
    await wechat.advance(8 * 86_400);
    token = String((await wechat.stableToken())['access_token']);
    expect((await look(rid))['errcode']).toBe(76004);
  });
});

describe('network calls', () => {
  it('tell where pushes come from', async () => {
    expect((await wechat.get(`/cgi-bin/getcallbackip?access_token=${token}`))['ip_list']).toContain('127.0.0.1');
    expect((await wechat.get(`/cgi-bin/get_api_domain_ip?access_token=${token}`))['ip_list']).toContain('127.0.0.1');
  });

  it('check the callback once there is one', async () => {
    const check = (body: object) => wechat.post(`/cgi-bin/callback/check?access_token=${token}`, body);
    expect((await check({ action: 'all', check_operator: 'DEFAULT' }))['errcode']).toBe(40201);
    await wechat.control('PUT', `/_sim/apps/${officialAccount.appid}/callback`, { url: 'http://127.0.0.1:9/', verify: false });

    expect(Object.keys(await check({ action: 'all', check_operator: 'DEFAULT' }))).toEqual(['dns', 'ping']);
    expect((await check({ action: 'x', check_operator: 'DEFAULT' }))['errcode']).toBe(40202);
    expect((await check({ action: 'all', check_operator: 'x' }))['errcode']).toBe(40203);
  });

  it('give one jsapi ticket for two hours', async () => {
    const ticket = () => wechat.get(`/cgi-bin/ticket/getticket?access_token=${token}&type=jsapi`);
    const first = await ticket();
    await wechat.advance(100);

    expect(await ticket()).toEqual({ ...first, expires_in: 7100 });
    expect(String(first['ticket'])).toHaveLength(86);
    expect((await wechat.get(`/cgi-bin/ticket/getticket?access_token=${token}&type=x`))['errcode']).toBe(40097);
  });
});
