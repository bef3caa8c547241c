import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Driver, officialAccount } from '../test/driver.js';

let wechat: Driver;
let token: string;

beforeAll(async () => {
  wechat = await Driver.start();
  token = String((await wechat.stableToken())['access_token']);
});
afterAll(() => wechat.close());

const path = '/cgi-bin/getcallbackip';
const ask = (signal?: AbortSignal) => fetch(`${wechat.url}${path}?access_token=${token}`, signal ? { signal } : {});
const plan = (kind: string, more: object = {}) => wechat.control('POST', '/_sim/faults', { path, kind, ...more });
const isWell = async () => expect(await (await ask()).json()).toHaveProperty('ip_list');

describe('a planned fault', () => {
  it('of kind errcode comes as often as it was asked for', async () => {
    await plan('errcode', { errcode: -1, count: 2 });

    expect(await (await ask()).json()).toMatchObject({
      errcode: -1,
      errmsg: expect.stringMatching(/^system error rid: /),
    });
    expect(await (await ask()).json()).toMatchObject({ errcode: -1 });
    await isWell();
  });

  it('of kind status is a page of the front end', async () => {
    await plan('status', { status: 504 });
    const answer = await ask();

    expect([answer.status, await answer.text()]).toEqual([504, expect.stringContaining('<h1>504</h1>')]);
    await isWell();
  });

  it('of kind html is a success that is no JSON', async () => {
    await plan('html');
    const answer = await ask();

    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it('of kind truncated is half a document', async () => {
    await plan('truncated');

    await expect((await ask()).json()).rejects.toThrow('JSON');
    await isWell();
  });

  it('of kind image_type is JSON that calls itself an image', async () => {
    await plan('image_type');
    const answer = await ask();

    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(await answer.json()).toHaveProperty('ip_list');
  });

  it('of kind hang never answers', async () => {
    await plan('hang');

    await expect(ask(AbortSignal.timeout(60))).rejects.toThrow('timeout');
    await isWell();
  });

  it('of kind slow answers late', async () => {
    await plan('slow', { delay_ms: 60 });
    const started = performance.now();
    await isWell();

    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });

  const tokenPath = '/cgi-bin/token';
  const fetchesSeen = async () =>
    ((await wechat.control('GET', `/_sim/apps/${officialAccount.appid}`))['tokens'] as { line: string }[]).filter(
      ({ line }) => line === 'classic',
    ).length;

  it.each([
    ['reset_before', 0],
    ['reset_after', 1],
  ])('of kind %s breaks the connection when %i tokens have been made', async (kind, made) => {
    const before = await fetchesSeen();
    await wechat.control('POST', '/_sim/faults', { path: tokenPath, kind });

    await expect(wechat.classicToken()).rejects.toThrow();

    expect((await fetchesSeen()) - before).toBe(made);
  });

  it('after a reset is a used code, as in a lost answer', async () => {
    const code = await wechat.freshCode();
    await wechat.control('POST', '/_sim/faults', { path: '/sns/oauth2/access_token', kind: 'reset_after' });
    await expect(wechat.exchange(code)).rejects.toThrow();

    expect((await wechat.exchange(code))['errcode']).toBe(40163);
  });

  it('waits for its own path, and can be forgotten', async () => {
    await wechat.control('POST', '/_sim/faults', { path: '/cgi-bin/user/get', kind: 'html' });
    await isWell();
    expect(await wechat.control('GET', '/_sim/faults')).toMatchObject({ calls: [{ where: '/cgi-bin/user/get', left: 1 }] });

    expect(await wechat.control('DELETE', '/_sim/faults')).toEqual({ planned: 0 });
  });

  it('is refused when it makes no sense', async () => {
    expect((await plan('errcode'))['error']).toMatchObject({ code: 'errcode_missing' });
    expect(await plan('nothing')).toHaveProperty('error');
    expect(await plan('status', { status: 200 })).toHaveProperty('error');
  });
});
