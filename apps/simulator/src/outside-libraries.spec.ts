import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo } from 'node:net';
import { Driver, officialAccount } from '../test/driver.js';

/** Libraries that nobody here wrote, as they come from the registry. They were made for the real WeChat. */
const require = createRequire(import.meta.url);

type Callback = (error: Error | null, data?: unknown) => void;
type Request = (url: string, options: unknown, callback: unknown) => void;
type Method = (...given: unknown[]) => void;
interface Client {
  request: Request;
  /** Where wechat-api keeps its token. */
  store?: unknown;
  readonly [method: string]: unknown;
}
type ClientClass = new (appid: string, secret: string) => Client;

const { appid, secret } = officialAccount;
let wechat: Driver;

beforeAll(async () => {
  wechat = await Driver.start();
});
afterAll(() => wechat.close());

/** Both name WeChat's hosts in their code, so the one thing changed is where a request goes. */
function pointed(client: Client): Client {
  const original = client.request.bind(client);
  client.request = (url, options, callback) =>
    original(url.replace(/^https?:\/\/\w+\.weixin\.qq\.com/, wechat.url), options, callback);
  return client;
}

function ask(client: Client, method: string, ...given: unknown[]): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const done: Callback = (error, data) => (error ? reject(error) : resolve(data as Record<string, unknown>));
    (client[method] as Method).call(client, ...given, done);
  });
}

describe('wechat-api', () => {
  const api = () => pointed(new (require('wechat-api') as ClientClass)(appid, secret));
  const people = async () => (await ask(api(), 'getFollowers'))['data'] as { openid: string[] };

  it('gets a token and lists followers', async () => {
    expect((await people()).openid).toHaveLength(2);
  });

  it('reads one and many users', async () => {
    const [openid = ''] = (await people()).openid;

    expect(await ask(api(), 'getUser', openid)).toMatchObject({ subscribe: 1, openid });
    expect(await ask(api(), 'batchGetUsers', [openid])).toMatchObject({ user_info_list: [{ openid }] });
    expect(await ask(api(), 'updateRemark', openid, '备注')).toMatchObject({ errcode: 0 });
  });

  it('makes codes of all four kinds, whose images it can address', async () => {
    const client = api();
    expect(await ask(client, 'createTmpQRCode', 10_000, 1800)).toMatchObject({ expire_seconds: 1800 });
    expect(await ask(client, 'createTmpQRCode', 'text', 1800)).toMatchObject({ expire_seconds: 1800 });
    expect(await ask(client, 'createLimitQRCode', 100)).toHaveProperty('ticket');
    const code = await ask(client, 'createLimitQRCode', 'poster');

    const address = (client['showQRCodeURL'] as (ticket: unknown) => string)(code['ticket']);

    expect((await fetch(address.replace('https://mp.weixin.qq.com', wechat.url))).status).toBe(200);
  });

  it('signs pages with a jsapi ticket', async () => {
    expect(await ask(api(), 'getJsConfig', { url: 'http://example.com/' })).toMatchObject({
      appId: appid,
      signature: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it('gets the addresses of WeChat and clears its quota', async () => {
    expect(await ask(api(), 'getIp')).toHaveProperty('ip_list');
    expect(await ask(api(), 'clearQuota', appid)).toMatchObject({ errcode: 0 });
  });

  it('fetches a new token after 40001, by itself', async () => {
    const client = api();
    await ask(client, 'getIp');
    await wechat.control('POST', `/_sim/apps/${appid}/kill-tokens`, { line: 'classic' });
    client.store = undefined;

    expect(await ask(client, 'getIp')).toHaveProperty('ip_list');
  });

  it('recognises a refusal', async () => {
    await expect(ask(api(), 'getUser', 'oNobody')).rejects.toThrow(/invalid openid/);
  });
});

describe('wechat-oauth', () => {
  const oauth = () => pointed(new (require('wechat-oauth') as ClientClass)(appid, secret));
  const code = async (client: Client, person = 'xiaoming') => {
    const url = (client['getAuthorizeURL'] as (back: string, state: string, scope: string) => string)(
      'http://127.0.0.1:9/',
      's',
      'snsapi_userinfo',
    );
    return (await wechat.control('POST', `/_sim/people/${person}/authorize`, { url }))['code'];
  };

  it('builds an address the page takes, exchanges the code and reads the person', async () => {
    const client = oauth();

    const token = (await ask(client, 'getAccessToken', await code(client)))['data'] as { openid: string };

    expect(await ask(client, 'getUser', { openid: token.openid, lang: 'zh_CN' })).toMatchObject({
      nickname: '王小明',
      openid: token.openid,
    });
  });

  it('refreshes and verifies', async () => {
    const client = oauth();
    const { data } = (await ask(client, 'getAccessToken', await code(client, 'lilei'))) as { data: Record<string, string> };

    expect(await ask(client, 'refreshAccessToken', data['refresh_token'])).toMatchObject({
      data: { access_token: data['access_token'] },
    });
    expect(await ask(client, 'verifyToken', data['openid'], data['access_token'])).toMatchObject({ errcode: 0 });
  });

  it('is told that a code was used', async () => {
    const client = oauth();
    const used = await code(client);
    await ask(client, 'getAccessToken', used);

    await expect(ask(client, 'getAccessToken', used)).rejects.toThrow(/code been used/);
  });
});

describe('the middleware wechat', () => {
  type Handler = (
    request: IncomingMessage & { query: unknown; weixin: Record<string, string> },
    response: ServerResponse & { reply(content: unknown): void },
  ) => void;
  type Middleware = (config: object, handler: Handler) => (request: unknown, response: unknown, next: () => void) => void;
  const middleware = require('wechat') as Middleware;
  const config = { token: 'SimulatorToken01', appid, encodingAESKey: 'SimulatorOnlyNotARealKey01SimulatorOnlyNotA' };
  const replies: Record<string, unknown> = {
    text: 'plain words',
    news: [{ title: '标题', description: 'd', picurl: 'http://x/p.png', url: 'http://x/' }],
    music: { title: 'm', description: 'd', musicUrl: 'http://x/m.mp3', hqMusicUrl: 'http://x/hq.mp3', thumbMediaId: 't' },
    nothing: '',
  };
  let server: Server;
  let seen: Record<string, string>[];

  beforeAll(async () => {
    const handle = middleware(config, (request, response) => {
      seen.push(request.weixin);
      response.reply(replies[request.weixin['Content'] ?? ''] ?? '');
    });
    server = createServer((request, response) => {
      const query = Object.fromEntries(new URL(request.url ?? '/', 'http://x').searchParams);
      handle(Object.assign(request, { query }), response, () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const configure = (mode: string) =>
    wechat.control('PUT', `/_sim/apps/${appid}/callback`, {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      mode,
    });

  // In compatible mode this library answers encrypted.
  it.each(['plain', 'compatible', 'safe'])(
    'takes the URL check and pushes in %s mode, and its replies are read',
    async (mode) => {
      expect(await configure(mode)).toMatchObject({ callback: { mode } });

      for (const [text, outcome] of [
        ['text', 'reply'],
        ['news', 'reply'],
        ['music', 'reply'],
        ['nothing', 'empty'],
      ]) {
        const push = await wechat.control('POST', '/_sim/people/xiaoming/say', { appid, text });
        expect((push['attempts'] as { outcome: string; problem: string | null }[])[0]).toMatchObject({ outcome, problem: null });
      }

      expect(seen.map(({ Content }) => Content)).toEqual(['text', 'news', 'music', 'nothing']);
    },
  );

  it('refuses a push that is signed wrongly', async () => {
    await configure('safe');
    await wechat.control('POST', '/_sim/faults/pushes', { kind: 'mis_sign' });
    const push = await wechat.control('POST', '/_sim/people/xiaoming/say', { appid, text: 'text' });

    expect(push['state']).toBe('failed');
    expect(seen).toEqual([]);
  });

  it('reads events', async () => {
    await configure('safe');
    await wechat.control('POST', `/_sim/apps/${appid}/events`, { event: 'CLICK', person: 'lilei', fields: { EventKey: 'K' } });

    expect(seen[0]).toMatchObject({ MsgType: 'event', Event: 'CLICK', EventKey: 'K' });
  });
});
