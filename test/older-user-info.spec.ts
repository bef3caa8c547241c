import { describe, expect, it } from '@jest/globals';
import { type Answer, TestGateway } from './support/gateway.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const path = '/v1/service/wx/getwxuserinfo';

class House {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
  ) {}

  static async build(env: Record<string, string> = { LEGACY_TRUSTED_CIDRS: '127.0.0.0/8' }): Promise<House> {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: { ...wechat.env, ...env } });
    await wechat.registerIn(gateway);
    return new House(wechat, gateway);
  }

  async code(person: string, scope = 'snsapi_userinfo'): Promise<string> {
    const query = `appid=${demoApp}&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=${scope}&state=s`;
    const url = `${this.wechat.url}/connect/oauth2/authorize?${query}#wechat_redirect`;
    return (await this.wechat.control<{ code: string }>('POST', `/people/${person}/authorize`, { url })).code;
  }

  ask(body: unknown, { key, headers = {} }: { key?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
    return this.gateway.ask(path, { method: 'POST', body, key, headers });
  }
}

const wanted = (code?: string) => ({ source: 'curl-test', appid: demoApp, ...(code !== undefined && { code }) });

describe('The older getwxuserinfo', () => {
  it('answers as its callers wrote it down', async () => {
    const house = await House.build();

    const { status, body } = await house.ask(wanted(await house.code('xiaoming')));

    expect(status).toBe(200);
    expect(body).toEqual({
      ret: { code: 0, msg: 'OK', request_id: expect.stringMatching(/^wxmsg_.+/) },
      body: {
        appid: demoApp,
        access_token: '',
        openid: expect.stringMatching(/^o/),
        refresh_token: '',
        nickname: '王小明',
        sex: 0,
        province: '',
        city: '',
        country: '',
        headimgurl: expect.stringMatching(/^https:/),
        unionid: expect.stringMatching(/^o/),
        is_snapshot_user: 0,
      },
    });
  });

  it('ignores fields that it does not know', async () => {
    const house = await House.build();

    const { status, body } = await house.ask({ ...wanted(await house.code('xiaoming')), lang: 'zh_CN', grant: { type: [1] } });

    expect(status).toBe(200);
    expect(body).toMatchObject({ ret: { code: 0, msg: 'OK' }, body: { nickname: '王小明' } });
  });

  it('fills the openid alone for a silent code, and marks a snapshot', async () => {
    const house = await House.build();

    const silent = await house.ask(wanted(await house.code('xiaoming', 'snsapi_base')));
    const snapshot = await house.ask(wanted(await house.code('chenjing')));

    expect(silent.body.body).toMatchObject({
      openid: expect.stringMatching(/^o/),
      nickname: '',
      unionid: '',
      is_snapshot_user: 0,
    });
    expect(snapshot.body).toMatchObject({ ret: { code: 0 }, body: { is_snapshot_user: 1 } });
  });

  it('tells every failure within the envelope, with a number of its own', async () => {
    const house = await House.build();
    const used = await house.code('lilei');
    await house.ask(wanted(used));
    const ask = async (body: unknown): Promise<unknown> => {
      const answer = await house.ask(body);
      return { status: answer.status, code: (answer.body.ret as { code: number }).code, body: answer.body.body };
    };
    const failed = (code: number) => ({ status: 200, code, body: {} });

    expect(await ask(wanted(used))).toEqual(failed(40163));
    expect(await ask(wanted('0neverissued'))).toEqual(failed(40029));
    expect(await ask(wanted())).toEqual(failed(41008));
    expect(await ask(wanted(''))).toEqual(failed(41008));
    expect(await ask({ ...wanted('0x'), appid: 'wx0000000000000000' })).toEqual(failed(40400));
    expect(await ask({ ...wanted('0x'), appid: 'no appid' })).toEqual(failed(40000));
    expect(await ask({ ...wanted('0x'), source: 7 })).toEqual(failed(40000));
    expect(await ask('{"source":')).toEqual(failed(40000));
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'errcode', errcode: 45009, count: 1 });
    expect(await ask(wanted(await house.code('lilei')))).toEqual(failed(42900));
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'errcode', errcode: 40125, count: 1 });
    expect(await ask(wanted(await house.code('lilei')))).toEqual(failed(50200));
    await house.wechat.fault({ path: '/sns/oauth2/access_token', kind: 'status', status: 502, count: 1 });
    expect(await ask(wanted(await house.code('lilei')))).toEqual(failed(50300));
    await house.gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { enabled: false } });
    expect(await ask(wanted(await house.code('lilei')))).toEqual(failed(40900));
  });

  it('wants a key from everybody whom the operator did not name', async () => {
    const house = await House.build({ LEGACY_TRUSTED_CIDRS: '10.1.0.0/16', TRUSTED_PROXIES: '127.0.0.0/8' });
    const { key } = await house.gateway.makeKey({ scopes: ['oauth'] });
    const { key: ofOthers } = await house.gateway.makeKey({ scopes: ['oauth'], appids: ['wx0000000000000001'] });
    const { key: withoutScope } = await house.gateway.makeKey({ scopes: ['qr'] });
    const status = async (how: Parameters<House['ask']>[1], body: unknown = wanted('0x')): Promise<unknown> => {
      const answer = await house.ask(body, how);
      return [answer.status, answer.headers.get('content-type')?.split(';')[0]];
    };
    const problem = 'application/problem+json';

    expect(await status({})).toEqual([401, problem]);
    expect(await status({}, '{"broken":')).toEqual([401, problem]);
    expect(await status({ key: 'wxg_no_key' })).toEqual([401, problem]);
    expect(await status({ key: withoutScope })).toEqual([403, problem]);
    expect(await status({ key: ofOthers })).toEqual([403, problem]);
    expect(await status({ key })).toEqual([200, 'application/json']);
    expect(await status({ key }, '{"broken":')).toEqual([200, 'application/json']);
    expect(await status({ headers: { 'x-forwarded-for': '10.1.2.3' } })).toEqual([200, 'application/json']);
    expect(await status({ headers: { 'x-forwarded-for': '10.2.2.3' } })).toEqual([401, problem]);
    // Who shows a key wants to be known by it, wherever they come from.
    expect(await status({ key: 'wxg_no_key', headers: { 'x-forwarded-for': '10.1.2.3' } })).toEqual([401, problem]);
  });

  it('lets nobody fill the table and the metrics with names of their own invention', async () => {
    const house = await House.build();
    const hex = (turn: number): string => turn.toString(16).padStart(16, '0');

    for (let turn = 0; turn < 110; turn++) await house.ask({ source: `caller ${turn}`, appid: `wx${hex(turn)}`, code: '0x' });
    const metrics = (await house.gateway.ask('/metrics')).text;
    await house.gateway.stop();

    const rows = await house.gateway.database.query<{ appid: string; source: string; calls: number }>(
      'SELECT appid, source, sum(calls)::int AS calls FROM older_call GROUP BY 1, 2',
    );
    expect(rows).toHaveLength(101);
    expect(rows.every(({ appid }) => appid === 'unknown')).toBe(true);
    expect(rows.find(({ source }) => source === 'others')?.calls).toBe(10);
    expect(metrics.match(/^wx_older_calls_total\{/gm)).toHaveLength(101);
  });

  it('keeps who called it, for the day it is switched off', async () => {
    const house = await House.build();
    await house.ask(wanted(await house.code('xiaoming')));
    await house.ask(wanted('0neverissued'));
    await house.ask({ ...wanted('0neverissued'), source: 'Shop 前台' });
    const metrics = (await house.gateway.ask('/metrics')).text;

    await house.gateway.stop();

    const rows = await until(
      () =>
        house.gateway.database.query(
          'SELECT appid, source, caller, address, code, calls::int FROM older_call ORDER BY source, code',
        ),
      (some) => some.length === 3,
    );
    expect(rows).toEqual([
      { appid: demoApp, source: 'Shop 前台', caller: 'anybody', address: '127.0.0.1', code: 40029, calls: 1 },
      { appid: demoApp, source: 'curl-test', caller: 'anybody', address: '127.0.0.1', code: 0, calls: 1 },
      { appid: demoApp, source: 'curl-test', caller: 'anybody', address: '127.0.0.1', code: 40029, calls: 1 },
    ]);
    expect(metrics).toMatch(/wx_older_calls_total\{appid="wx3cc8fd6963e31a32",source="curl-test",code="40029"\} 1/);
  });
});
