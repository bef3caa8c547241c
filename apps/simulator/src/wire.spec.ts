import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Driver, officialAccount } from '../test/driver.js';
import { wireJson } from './wire-json.js';

let wechat: Driver;
let token: string;

beforeAll(async () => {
  wechat = await Driver.start();
  token = String((await wechat.stableToken())['access_token']);
});
afterAll(() => wechat.close());

describe('the wire', () => {
  it('escapes slashes, keeps Chinese as it is, and has no spaces', () => {
    expect(wireJson({ a: 'http://x/', b: ['中', 1n, true, null], c: undefined, d: { e: 0 } })).toBe(
      '{"a":"http:\\/\\/x\\/","b":["中",1,true,null],"d":{"e":0}}',
    );
  });

  it('has the length of a real qrcode/create answer', async () => {
    const body = { expire_seconds: 600, action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: 'a' } } };
    const answer = await fetch(`${wechat.url}/cgi-bin/qrcode/create?access_token=${token}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });

    expect(answer.headers.get('content-length')).toBe('188');
    expect(answer.headers.get('content-type')).toBe('application/json; encoding=utf-8');
    expect(await answer.text()).toMatch(
      /^\{"ticket":"gQ[\w-]{94}","expire_seconds":600,"url":"http:\\\/\\\/weixin\.qq\.com\\\/q\\\/02[\w-]{20}"\}$/,
    );
  });

  it('has the length of a real token answer, and closes the connection', async () => {
    const { appid, secret } = officialAccount;
    const answer = await fetch(`${wechat.url}/cgi-bin/token?grant_type=client_credential&appid=${appid}&secret=${secret}`);

    expect(answer.headers.get('content-length')).toBe('194');
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.text()).toMatch(/^\{"access_token":"85_[\w-]{154}","expires_in":7200\}$/);
  });

  it('keeps other connections open and tells the virtual date', async () => {
    await wechat.control('POST', '/_sim/clock', { set_to: '2026-05-05T05:05:05Z' });
    const answer = await fetch(`${wechat.url}/cgi-bin/getcallbackip?access_token=x`);

    expect(answer.headers.get('connection')).toBe('keep-alive');
    expect(answer.headers.get('date')).toBe('Tue, 05 May 2026 05:05:05 GMT');
    const { errmsg } = JSON.parse(await answer.text()) as { errmsg: string };
    // The first group of a rid is the second of the call.
    expect(errmsg).toMatch(/ rid: 69f97a81-[0-9a-f]{8}-[0-9a-f]{8}$/);
  });

  it('answers /sns as text/plain, with a comma before the rid', async () => {
    const answer = await fetch(`${wechat.url}/sns/userinfo?access_token=x&openid=y`);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(await answer.text()).toMatch(/"invalid access_token, rid: /);
  });

  it('can leave the trace out, or give the old form', async () => {
    await wechat.control('PATCH', '/_sim/switches', { errmsg_trace: 'none' });
    expect((await wechat.get('/cgi-bin/user/info'))['errmsg']).toBe('access_token missing');
    await wechat.control('PATCH', '/_sim/switches', { errmsg_trace: 'hint' });
    expect((await wechat.get('/cgi-bin/user/info'))['errmsg']).toMatch(/ hint: \[/);
    await wechat.control('PATCH', '/_sim/switches', { errmsg_trace: null });
  });

  it.each([
    ['GET', '/cgi-bin/stable_token', 43002],
    ['POST', '/cgi-bin/token', 43001],
    ['DELETE', '/cgi-bin/user/info', 43001],
    ['GET', '/cgi-bin/no/such/call', 40066],
  ])('answers %s %s with %i', async (method, path, errcode) => {
    const answer = await fetch(wechat.url + path, { method });

    expect(JSON.parse(await answer.text())).toMatchObject({ errcode });
  });

  it.each([
    ['nothing', '', 44002],
    ['a form', 'grant_type=client_credential', 47001],
    ['half a document', '{"grant_type":', 47001],
    ['a list', '[]', 47001],
    ['null', 'null', 47001],
  ])('refuses %s where JSON is wanted', async (_what, body, errcode) => {
    expect((await wechat.post('/cgi-bin/stable_token', body))['errcode']).toBe(errcode);
  });
});
