import { describe, expect, it } from '@jest/globals';
import { askAt } from './support/gateway.js';
import { Sandbox } from './support/sandbox.js';
import { demoApp } from './support/wechat.js';

const control = async <T>({ S }: Sandbox, path: string, body?: unknown): Promise<T> =>
  (await askAt(`${S}/_sim${path}`, body === undefined ? {} : { method: 'POST', body })).body as T;

describe('The sandbox', () => {
  it('takes the link and the call of older documents as they stand', async () => {
    const sandbox = await Sandbox.start();
    const url = `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${demoApp}&redirect_uri=http://blog.xyecho.com&response_type=code&scope=snsapi_userinfo&state=123#wechat_redirect`;
    const { code } = await control<{ code: string }>(sandbox, '/people/xiaoming/authorize', { url });

    const call = `curl -sS -X POST "$G"/v1/service/wx/getwxuserinfo -H 'Content-Type: application/json' --data-raw '{"source":"curl-test","appid":"${demoApp}","code":"${code}"}'`;
    const { outputs, errors } = await sandbox.paste([call]);

    expect(errors).toBe('');
    expect(JSON.parse(outputs[0] ?? '')).toMatchObject({ ret: { code: 0, msg: 'OK' }, body: { nickname: '王小明' } });
    expect(await sandbox.end()).toBe(0);
  });

  it('goes on with the callback token and key that an app was given, after another start', async () => {
    const first = await Sandbox.start();
    const callback = { token: 'AnotherToken', encoding_aes_key: 'AnotherKeyAnotherKeyAnotherKeyAnotherKeyAno', mode: 'safe' };
    const how = { method: 'PATCH', key: first.credentials.admin_token, body: { callback: { ...callback, overlap_seconds: 0 } } };
    expect((await askAt(`${first.G}/admin/v1/apps/${demoApp}`, how)).status).toBe(200);

    const second = await first.startAgain();
    const said = await control<{ attempts: { status: number }[] }>(second, '/people/lilei/say', {
      appid: demoApp,
      text: '你好',
    });

    expect(await control(second, `/apps/${demoApp}`)).toMatchObject({ callback });
    expect(JSON.stringify(said)).toContain('"status":200');
    expect(await second.end()).toBe(0);
  });
});
