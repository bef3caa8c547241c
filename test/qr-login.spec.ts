import { describe, expect, it } from '@jest/globals';
import jsqr from 'jsqr';
import { inflateSync } from 'node:zlib';
import { shared } from './support/cleanup.js';
import type { TestGateway } from './support/gateway.js';
import { LoginHouse, Phone, linkIn } from './support/login-house.js';
import { eventPush, signedPush } from './support/pusher.js';
import { until } from './support/until.js';
import { demoApp } from './support/wechat.js';

const codes = `/v1/apps/${demoApp}/qr-codes`;

describe('A QR code with a parameter', () => {
  const ours = shared(() => LoginHouse.build());

  it.each([
    [{ scene: 'shop-17' }, 604_800],
    [{ scene: 17, expire_seconds: 60 }, 60],
    [{ scene: 'poster', permanent: true }, null],
    [{ scene: 100_000, permanent: true }, null],
  ])('%j is made, and comes back in the event of a scan', async (wanted, seconds) => {
    const house = ours();

    const { status, body } = await house.ask(codes, wanted);

    expect(status).toBe(201);
    expect(body).toEqual({
      ticket: expect.any(String),
      url: expect.stringMatching(/^http/),
      image_url: `${house.wechat.url}/cgi-bin/showqrcode?ticket=${encodeURIComponent(String(body.ticket))}`,
      expires_at: seconds === null ? null : expect.stringMatching(/Z$/),
    });
    if (seconds !== null)
      expect(Math.abs(Date.parse(String(body.expires_at)) - Date.now() - seconds * 1_000)).toBeLessThan(5_000);
    const { push } = await house.wechat.control<{ push: { message: { EventKey: string } } }>('POST', '/people/xiaoming/scan', {
      content: body.url,
    });
    expect(push.message.EventKey).toBe(String(wanted.scene));
  });

  it('is drawn here as SVG and PNG, readable by a camera', async () => {
    const house = ours();
    const { body } = await house.ask(codes, { scene: 'shop-17' });
    const draw = (format: string) =>
      fetch(`${house.gateway.url}${codes}/image?format=${format}&ticket=${encodeURIComponent(String(body.ticket))}`, {
        headers: { authorization: `Bearer ${house.key}` },
      });

    const png = Buffer.from(await (await draw('png')).arrayBuffer());
    const svg = await draw('svg');

    expect(seenIn(png)).toBe(body.url);
    expect(svg.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
    expect(await svg.text()).toMatch(/^<svg .*<\/svg>$/);
    expect((await house.gateway.ask(`${codes}/image?ticket=unknown`, { key: house.key })).status).toBe(404);
  });

  it.each([
    [{ scene: '' }, 'scene'],
    [{ scene: 'x'.repeat(65) }, 'scene'],
    [{ scene: 0 }, 'scene'],
    [{ scene: 4_294_967_296 }, 'scene'],
    [{ scene: 100_001, permanent: true }, 'scene'],
    [{ scene: 'a', expire_seconds: 2_592_001 }, 'expire_seconds'],
    [{ scene: 'a', expire_seconds: 60, permanent: true }, 'expire_seconds'],
  ])('%j is refused before WeChat is asked', async (wanted, path) => {
    const house = ours();
    const before = await house.wechat.calls('/cgi-bin/qrcode/create');

    expect((await house.ask(codes, wanted)).body).toMatchObject({ status: 400, errors: [{ path }] });
    expect((await house.wechat.calls('/cgi-bin/qrcode/create')) - before).toBe(0);
  });
});

describe('A QR login', () => {
  it('of a follower who agrees goes from pending to redeemed, and is redeemed once', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin({
      context: { application: '示例商城', ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/120' },
    });
    expect(login).toEqual({
      id: expect.stringMatching(/^qrl_/),
      status: 'pending',
      qr_content: expect.any(String),
      qr_svg: expect.stringMatching(/^<svg/),
      poll_token: expect.any(String),
      expires_at: expect.any(String),
    });
    expect(await house.status(login)).toBe('pending');

    const message = await house.scan('xiaoming', login);
    expect(message).toContain('示例商城');
    expect(message).toContain('203.0.113.7');
    expect(await house.status(login)).toBe('scanned');
    expect(await house.decide('xiaoming', message, 'agree')).toContain('已登录');
    const { body: confirmed } = await house.poll(login);
    expect(confirmed).toEqual({
      id: login.id,
      status: 'confirmed',
      expires_at: login.expires_at,
      login_code: expect.any(String),
    });
    expect((await house.poll(login)).body).toEqual(confirmed);

    const { status, body } = await house.redeem(confirmed.login_code);
    expect(status).toBe(200);
    expect(body).toEqual({
      appid: demoApp,
      openid: await house.openid('xiaoming'),
      unionid: expect.stringMatching(/^o/),
      user: null,
      scanned_at: expect.stringMatching(/Z$/),
    });
    expect((await house.redeem(confirmed.login_code)).body).toMatchObject({ status: 409, code: 'login_code_used' });
    expect(await house.status(login)).toBe('redeemed');
  });

  it('of somebody who only now follows works the same', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();

    const message = await house.scan('zhangwei', login);
    await house.decide('zhangwei', message, 'agree');

    const { body } = await house.redeem((await house.poll(login)).body.login_code);
    expect(body).toMatchObject({ openid: await house.openid('zhangwei') });
    const record = () => house.gateway.ask(`/v1/apps/${demoApp}/users/${String(body.openid)}/record`, { key: house.key });
    await until(
      async () => (await record()).body.follows,
      (follows) => follows === true,
    );
  });

  it('says who it is by name, where web authorisation has told', async () => {
    const house = await LoginHouse.build();
    const url = `${house.wechat.url}/connect/oauth2/authorize?appid=${demoApp}&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=snsapi_userinfo&state=#wechat_redirect`;
    const { code } = await house.wechat.control<{ code: string }>('POST', '/people/xiaoming/authorize', { url });
    await house.ask(`/v1/apps/${demoApp}/oauth/exchange`, { code });
    const login = await house.begin({ confirm: 'none' });

    expect(await house.scan('xiaoming', login)).toContain('你已登录');

    const { body } = await house.redeem((await house.poll(login)).body.login_code);
    expect(body).toMatchObject({ user: { nickname: '王小明' }, unionid: expect.any(String) });
  });

  it('is refused by "not me", and nobody is logged in', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();

    const message = await house.scan('xiaoming', login);

    expect(await house.decide('xiaoming', message, 'deny')).toContain('已拒绝');
    expect((await house.poll(login)).body).toEqual({ id: login.id, status: 'denied', expires_at: login.expires_at });
    expect(await house.decide('xiaoming', message, 'agree')).toContain('已失效');
    expect(await house.status(login)).toBe('denied');
  });

  it('is cancelled when somebody else scans before the first has agreed, and stays with the first after', async () => {
    const house = await LoginHouse.build();
    const [early, late] = [await house.begin({ binding: 'a' }), await house.begin({ binding: 'b' })];

    const first = await house.scan('xiaoming', early);
    expect(await house.scan('lilei', early)).toContain('不同的人');
    expect(await house.status(early)).toBe('cancelled');
    expect(await house.decide('xiaoming', first, 'agree')).toContain('已失效');

    await house.decide('xiaoming', await house.scan('xiaoming', late), 'agree');
    expect(await house.scan('lilei', late)).toContain('已失效');
    const { body } = await house.redeem((await house.poll(late)).body.login_code, { binding: 'b' });
    expect(body.openid).toBe(await house.openid('xiaoming'));
  });

  it('scanned again by the same person asks again', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    await house.scan('xiaoming', login);

    const again = await house.scan('xiaoming', login);

    expect(linkIn(again)).not.toBe('');
    expect(await house.status(login)).toBe('scanned');
  });

  it('that has expired binds nobody, and tells them', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    await house.gateway.database.query("UPDATE qr_login SET expires_at = now() - interval '1 second'");

    expect(await house.scan('xiaoming', login)).toContain('已失效');
    expect(await house.status(login)).toBe('expired');
    const [row] = await house.gateway.database.query<{ openid: string | null }>('SELECT openid FROM qr_login');
    expect(row?.openid).toBeNull();
  });

  it('has a code for a minute only', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin({ confirm: 'none' });
    await house.scan('xiaoming', login);
    const { body } = await house.poll(login);
    await house.gateway.database.query("UPDATE qr_login SET code_until = now() - interval '1 second'");

    expect((await house.redeem(body.login_code)).body).toMatchObject({ status: 409, code: 'login_code_expired' });
    expect(await house.status(login)).toBe('expired');
  });

  it('is the same one for the same browser, as long as its code is good', async () => {
    const house = await LoginHouse.build();
    const first = await house.begin();

    expect(await house.begin()).toEqual(first);
    expect((await house.begin({ binding: 'other' })).id).not.toBe(first.id);
    await house.gateway.database.query("UPDATE qr_login SET expires_at = now() + interval '5 seconds'");
    expect((await house.begin()).id).not.toBe(first.id);
  });

  it('cannot be begun so often that the quota of the account burns', async () => {
    const house = await LoginHouse.build({ env: { QR_LOGINS_PER_ADDRESS_PER_MINUTE: '3', QR_LOGINS_PER_MINUTE: '5' } });
    const begin = async (binding: string, ip: string) =>
      (await house.ask(`/v1/apps/${demoApp}/qr-logins`, { binding, context: { ip } })).status;

    const statuses: number[] = [];
    for (const binding of ['1', '2', '3', '4']) statuses.push(await begin(binding, '203.0.113.7'));
    for (const binding of ['5', '6', '7']) statuses.push(await begin(binding, '203.0.113.8'));

    expect(statuses).toEqual([201, 201, 201, 429, 201, 201, 429]);
    expect(await house.wechat.calls('/cgi-bin/qrcode/create')).toBe(5);
    await house.wechat.fault({ path: '/cgi-bin/qrcode/create', kind: 'errcode', errcode: 45009, count: 1 });
    const twin = await LoginHouse.build();
    await twin.wechat.fault({ path: '/cgi-bin/qrcode/create', kind: 'errcode', errcode: 45009, count: 1 });
    const refused = await twin.ask(`/v1/apps/${demoApp}/qr-logins`, { binding: 'x' });
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'wechat_quota_reached',
      expect.any(String),
    ]);
  });

  it('is told to the browser within a second, by long poll and stream, whichever replica saw the scan', async () => {
    const house = await LoginHouse.build();
    const twin = await house.twin();
    const login = await house.begin({ confirm: 'none' });
    const stream = await fetch(`${twin.url}/v1/qr-logins/${login.id}/stream`, {
      headers: { authorization: `Bearer ${login.poll_token}` },
    });
    let told = '';
    const telling = (async () => {
      for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) told += part;
    })();
    const polled = house.poll(login, { wait: 25, at: twin });

    // Both wait at the other replica by now; the scan reaches the first one.
    await until(
      async () => (await twin.ask('/metrics')).text,
      (text) => /wx_login_streams 1/.test(text),
    );
    await house.scan('xiaoming', login);
    const scanned = performance.now();
    const { body } = await polled;
    const delay = performance.now() - scanned;
    // A stream that is told of both at once has no need to tell of the first.
    await until(
      () => told,
      (text) => text.includes('"confirmed"'),
    );
    await house.redeem(body.login_code, { at: twin });

    expect(body).toMatchObject({ status: 'confirmed', login_code: expect.any(String) });
    expect(delay).toBeLessThan(1_000);
    await telling;
    expect([...told.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status)).toEqual(['pending', 'confirmed', 'redeemed']);
  });

  it('ends a long poll when it expires, and at once when it is over', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    await house.gateway.database.query("UPDATE qr_login SET expires_at = now() + interval '700 milliseconds'");

    expect((await house.poll(login, { wait: 25 })).body.status).toBe('expired');
    expect((await house.poll(login, { wait: 25 })).body.status).toBe('expired');
  });
});

describe('Web pages of other origins', () => {
  it('may poll if the operator registered them with the key, and without cookies', async () => {
    const house = await LoginHouse.build({ origins: ['https://shop.example.com'] });
    const login = await house.begin();
    const path = `/v1/qr-logins/${login.id}`;
    const from = (origin: string, method = 'GET') =>
      house.gateway.ask(path, { method, key: login.poll_token, headers: { origin } });

    const allowed = await from('https://shop.example.com');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await from('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await from('https://shop.example.com', 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization']);
    expect((await from('https://evil.example.com', 'OPTIONS')).headers.get('access-control-allow-origin')).toBeNull();
    const elsewhere = await house.gateway.ask('/v1/key', { key: house.key, headers: { origin: 'https://shop.example.com' } });
    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('An attacker', () => {
  it('who shows a code of theirs to somebody gets nothing without that person saying yes (T1)', async () => {
    const house = await LoginHouse.build();
    const attackers = await house.begin({ binding: 'attackers-session' });

    await house.scan('xiaoming', attackers);

    expect((await house.poll(attackers)).body).toEqual({ id: attackers.id, status: 'scanned', expires_at: attackers.expires_at });
    expect((await house.redeem(`${attackers.id}.${'A'.repeat(43)}`, { binding: 'attackers-session' })).status).toBe(403);
  });

  it('cannot put a login of theirs into the session of somebody else (T2)', async () => {
    const house = await LoginHouse.build();
    const attackers = await house.begin({ binding: 'attackers-session', confirm: 'none' });
    await house.scan('lilei', attackers);
    const { login_code } = (await house.poll(attackers)).body;

    for (let turn = 0; turn < 5; turn++)
      expect((await house.redeem(login_code, { binding: 'victims-session' })).body).toMatchObject({
        status: 403,
        code: 'login_refused',
      });
    // Five refusals end it.
    expect((await house.redeem(login_code, { binding: 'attackers-session' })).status).toBe(409);
  });

  it('who knows image, content, scene, id and poll token learns no identity and redeems nothing (T3)', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    await house.decide('xiaoming', await house.scan('xiaoming', login), 'agree');
    const polled = await house.poll(login);
    const { key: others } = await house.gateway.makeKey({ scopes: ['login'] });
    const [{ scene } = { scene: '' }] = await house.gateway.database.query<{ scene: string }>('SELECT scene FROM qr_login');
    const openid = await house.openid('xiaoming');

    expect(polled.text).not.toContain(openid);
    expect(JSON.stringify(login)).not.toContain(scene);
    for (const token of [scene, login.qr_content, login.id, `${login.poll_token}x`, String(polled.body.login_code)])
      expect((await house.gateway.ask(`/v1/qr-logins/${login.id}`, { key: encodeURIComponent(token) })).status).toBe(401);
    for (const code of [login.poll_token, scene, login.id, 'x']) expect((await house.redeem(code)).status).toBe(403);
    expect((await house.redeem(polled.body.login_code, { key: others })).status).toBe(403);
    expect(
      (
        await house.gateway.ask('/v1/qr-logins/redeem', {
          method: 'POST',
          body: { login_code: polled.body.login_code, binding: 'session-1' },
        })
      ).status,
    ).toBe(401);
    // Refused to them, it stays good for whom it is for.
    expect((await house.redeem(polled.body.login_code)).status).toBe(200);
  });

  it('cannot say who they are: no route of a browser takes an openid (T4)', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    const openid = await house.openid('lilei');
    const message = await house.scan('xiaoming', login);
    const phone = new Phone('lilei');

    // Somebody else opens the link that the one who scanned was sent.
    expect((await phone.open(linkIn(message))).text).toContain('扫码的那个微信');
    expect((await phone.post(`${linkIn(message)}/decision?openid=${openid}`, `decision=agree&openid=${openid}`)).text).toContain(
      '扫码的那个微信',
    );
    expect(await house.status(login)).toBe('scanned');
  });

  it('cannot decide for somebody from another site (T4)', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    const phone = new Phone('xiaoming');
    const { url } = await phone.open(linkIn(await house.scan('xiaoming', login)));

    expect((await phone.post(url, 'decision=agree', { origin: 'https://evil.example.com' })).text).not.toContain('已登录');
    expect(await house.status(login)).toBe('scanned');
  });

  it('cannot forge a scan (T5)', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin({ confirm: 'none' });
    const [{ scene } = { scene: '' }] = await house.gateway.database.query<{ scene: string }>('SELECT scene FROM qr_login');
    const body = `<xml><FromUserName>oEvil</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>SCAN</Event><EventKey>${scene}</EventKey></xml>`;

    const forged = await house.gateway.ask(`/callbacks/${demoApp}?timestamp=1&nonce=1&signature=${'a'.repeat(40)}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml' },
    });

    expect(forged.status).toBe(403);
    expect(await house.status(login)).toBe('pending');
  });

  it('who replays a push a hundred times, at any replica, changes nothing (T6)', async () => {
    const house = await LoginHouse.build();
    const twin = await house.twin();
    const login = await house.begin({ confirm: 'none' });
    const [{ scene } = { scene: '' }] = await house.gateway.database.query<{ scene: string }>('SELECT scene FROM qr_login');
    const { token, encoding_aes_key: aesKey } = house.callback;
    const push = eventPush('SCAN', { EventKey: scene, Ticket: 'gQH' }, 'oReplayed');
    const send = (at: TestGateway) => {
      const { query, body } = signedPush(push, { appid: demoApp, token, aesKey, isSealed: true });
      return at.ask(`/callbacks/${demoApp}?${query}`, { method: 'POST', body, headers: { 'content-type': 'text/xml' } });
    };

    await send(house.gateway);
    const { login_code } = (await house.poll(login)).body;
    expect((await house.redeem(login_code)).body).toMatchObject({ openid: 'oReplayed' });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, turn) => send(turn % 2 ? twin : house.gateway)));

    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    expect(await house.status(login)).toBe('redeemed');
    expect((await house.redeem(login_code)).status).toBe(409);
    expect(await house.gateway.database.query('SELECT 1 FROM event')).toHaveLength(1);
  });

  it('guesses in vain: nothing is shorter than 128 bits, or counts up (T7)', async () => {
    const house = await LoginHouse.build();
    const logins = await Promise.all(Array.from({ length: 20 }, (_, binding) => house.begin({ binding: String(binding) })));
    const rows = await house.gateway.database.query<{ scene: string }>('SELECT scene FROM qr_login');

    for (const secret of [...logins.map(({ id }) => id.slice(4)), ...rows.map(({ scene }) => scene.slice(4))])
      expect(secret).toMatch(/^[0-9A-Za-z]{22}$/);
    expect(new Set(rows.map(({ scene }) => scene)).size).toBe(20);
    const [mine, theirs] = logins;
    expect((await house.poll({ ...mine, poll_token: theirs?.poll_token ?? '' } as (typeof logins)[0])).status).toBe(401);
  });

  it('finds no secret of a login in the log', async () => {
    const house = await LoginHouse.build();
    const login = await house.begin();
    const message = await house.scan('xiaoming', login);
    await house.decide('xiaoming', message, 'agree');
    const { login_code } = (await house.poll(login)).body;
    await house.redeem(login_code);

    const log = house.gateway.logged.join('\n');
    for (const secret of [
      login.poll_token,
      String(login_code),
      linkIn(message).split('/').at(-1) ?? '',
      await house.openid('xiaoming'),
    ])
      expect(log).not.toContain(secret);
  });
});

/** Reads the PNG that the gateway drew: one bit a pixel, no filters. */
function seenIn(png: Buffer): string | undefined {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const begin = png.indexOf('IDAT') + 4;
  const lines = inflateSync(png.subarray(begin, begin + png.readUInt32BE(begin - 8)));
  const stride = 1 + Math.ceil(width / 8);
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (!((lines[y * stride + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))))
        pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
  const read = (jsqr as unknown as { default: typeof jsqr }).default ?? jsqr;
  return (read as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null)(
    pixels,
    width,
    height,
  )?.data;
}
