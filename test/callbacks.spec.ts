import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { CallbackModule, type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import type { PassiveReply, WechatPush } from '#wechat';
import { Vault } from '#vault';
import { MessageEnvelope } from '#wechat-crypto';
import type { EntityManager } from 'typeorm';
import { afterThisTest } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { type Answer, TestGateway, type TestGatewayOptions } from './support/gateway.js';
import { freePort } from './support/process.js';
import { type PushOptions, callbackToken, encodingAesKey, eventPush, pushXml, signedPush, textPush } from './support/pusher.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const appid = 'wx00000000000000aa';

type Work = (event: KeptEvent, transaction: EntityManager) => Promise<PassiveReply | undefined | void>;

/** A room of the test's own that asks for events. */
function room(name: string, kinds: WechatPush['kind'][], work: Work, answers?: true): DynamicModule {
  @Injectable()
  class Room implements EventHandler, OnModuleInit {
    readonly name = name;
    readonly kinds = kinds;
    readonly answers = answers as true;

    constructor(private readonly handlers: EventHandlers) {}

    onModuleInit(): void {
      this.handlers.register(this);
    }

    handle(event: KeptEvent, transaction: EntityManager): Promise<PassiveReply | undefined | void> {
      return work(event, transaction);
    }
  }

  @Module({})
  class RoomModule {}
  return { module: RoomModule, imports: [CallbackModule], providers: [Room] };
}

class House {
  constructor(
    readonly gateway: TestGateway,
    readonly key: string,
  ) {}

  static async build({
    callback = { token: callbackToken },
    ...options
  }: TestGatewayOptions & { callback?: object } = {}): Promise<House> {
    const gateway = await TestGateway.start(options);
    const body = { appid, kind: 'official_account', name: 'A', secret: '0'.repeat(32), original_id: 'gh_97417a04a28d', callback };
    const { status, text } = await gateway.admin('/apps', { method: 'POST', body });
    if (status !== 201) throw new Error(text);
    const { key } = await gateway.makeKey({ scopes: ['events:read', 'users:read'] });
    return new House(gateway, key);
  }

  push(body: string, options: Partial<PushOptions> & { to?: TestGateway; path?: string; type?: string } = {}): Promise<Answer> {
    return this.send(signedPush(body, { appid, ...options }), options);
  }

  send(
    { query, body }: { query: string; body: string },
    {
      to = this.gateway,
      path = `/callbacks/${appid}`,
      type = 'text/xml',
    }: { to?: TestGateway; path?: string; type?: string } = {},
  ): Promise<Answer> {
    return to.ask(`${path}${path.includes('?') ? '&' : '?'}${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
  }

  async events(query = ''): Promise<Record<string, unknown>[]> {
    const { status, text, body } = await this.gateway.ask(`/v1/apps/${appid}/events${query}`, { key: this.key });
    if (status !== 200) throw new Error(text);
    return body.items as Record<string, unknown>[];
  }

  rules(rules: unknown[]): Promise<Answer> {
    return this.gateway.admin(`/apps/${appid}/reply-rules`, { method: 'PUT', body: { rules } });
  }
}

const safe = { token: callbackToken, encoding_aes_key: encodingAesKey };
const said = (answer: Answer): unknown => [answer.status, answer.text];
const success = [200, 'success'];

describe('The address for WeChat', () => {
  it('echoes what a rightly signed first call brings, and nothing else', async () => {
    const house = await House.build();
    const { query } = signedPush('', { appid });
    const verify = (more: string, path = `/callbacks/${appid}`) => house.gateway.ask(`${path}?${more}`);

    const right = await verify(`${query}&echostr=5927782489442352469`);
    expect(said(right)).toEqual([200, '5927782489442352469']);
    expect(right.headers.get('content-type')).toMatch(/^text\/plain/);
    for (const wrong of [
      query,
      `${query}0&echostr=1`,
      'echostr=1',
      `${query}&echostr=1&echostr=2`,
      `${query}&echostr=1`.replace(/signature=./, 'signature=x'),
    ])
      expect((await verify(wrong)).status).toBe(403);
    expect((await verify(`${query}&echostr=1`, '/callbacks/wx00000000000000bb')).status).toBe(403);
  });

  it('tells a stranger nothing of which apps are registered, and how', async () => {
    const house = await House.build({ callback: safe });
    const silent = 'wx00000000000000cc';
    const body = { appid: silent, kind: 'official_account', name: 'B', secret: '0'.repeat(32) };
    await house.gateway.admin('/apps', { method: 'POST', body });
    const wrong = signedPush(textPush('x'), { appid, token: 'AnotherToken', isSealed: true });
    const plain = signedPush(textPush('x'), { appid, token: 'AnotherToken' });
    const ask = (path: string, method: string, { query, body: text }: { query: string; body: string }) =>
      house.gateway.ask(`${path}${path.includes('?') ? '&' : '?'}${query}&echostr=1`, {
        method,
        ...(method === 'POST' && { body: text }),
        headers: { 'x-request-id': 'one' },
      });
    const paths = [appid, silent, 'wx00000000000000bb', `${appid}/${silent}`, `wx00000000000000bb/${appid}`].map(
      (one) => `/callbacks/${one}`,
    );
    const older = ['wxmsg', `wxmsg?appid=${appid}`, 'wxmsg?appid=wx00000000000000bb'].map((one) => `/v1/service/wx/${one}`);

    const answers: Answer[] = [];
    for (const push of [wrong, plain, { ...plain, body: '' }, { ...plain, body: '<xml><a>' }, { query: 'x=1', body: '{"a":1}' }])
      for (const path of [...paths, ...older]) for (const method of ['GET', 'POST']) answers.push(await ask(path, method, push));

    const shown = ({ status, text, headers }: Answer) =>
      JSON.stringify([status, text, [...headers].filter(([name]) => name !== 'date')]);
    expect(new Set(answers.map(shown)).size).toBe(1);
    expect([answers[0]?.status, answers[0]?.body.code]).toEqual([403, 'push_refused']);
    const metrics = (await house.gateway.ask('/metrics')).text;
    expect(metrics).toContain(`wx_callbacks_total{appid="${appid}",outcome="forged"} 12`);
    expect([...metrics.matchAll(/^wx_callbacks_total/gm)]).toHaveLength(1);
  });

  it('tells whoever holds the token what is wrong', async () => {
    const house = await House.build({ callback: safe });

    expect((await house.push(textPush('x'))).body.detail).toContain('not encrypted');
  });

  it('answers strangers without the database, and hears of an app that another replica registers', async () => {
    const database = await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const house = await House.build({ database });
    const twin = await house.gateway.twin({ env: { DATABASE_URL: proxy.url } });
    const late = 'wx00000000000000bb';
    const call = async (one: string, token: string) => {
      const { query } = signedPush('', { appid: one, token });
      return (await twin.ask(`/callbacks/${one}?${query}&echostr=77`)).status;
    };
    expect([await call(appid, callbackToken), await call(appid, 'Wrong'), await call(late, callbackToken)]).toEqual([
      200, 403, 403,
    ]);

    proxy.cut();
    const away = [await call(appid, 'Wrong'), await call(late, 'Wrong')];
    proxy.mend();
    const body = { appid: late, kind: 'official_account', name: 'B', secret: '0'.repeat(32), callback: { token: callbackToken } };
    await house.gateway.admin('/apps', { method: 'POST', body });

    expect(away).toEqual([403, 403]);
    await until(
      () => call(late, callbackToken),
      (status) => status === 200,
    );
  });

  it('is accepted by WeChat itself, whose pushes then arrive in every mode and format', async () => {
    const wechat = await TestWechat.start();
    const port = await freePort();
    const gateway = await TestGateway.start({ env: { ...wechat.env, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` } });
    const { callback } = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>(
      'GET',
      `/apps/${demoApp}`,
    );
    await wechat.registerIn(gateway, {
      callback: { token: callback.token, encoding_aes_key: callback.encoding_aes_key, mode: 'plain' },
    });
    const { key } = await gateway.makeKey({ scopes: ['events:read'] });

    for (const mode of ['plain', 'compatible', 'safe']) {
      await wechat.control('PUT', `/apps/${demoApp}/callback`, { url: `${gateway.url}/callbacks/${demoApp}`, mode });
      const push = await wechat.control<{ state: string; attempts: unknown[] }>('POST', '/people/xiaoming/say', {
        appid: demoApp,
        text: mode,
      });
      expect(push).toMatchObject({ state: 'delivered', attempts: [{ status: 200 }] });
    }

    const { body } = await gateway.ask(`/v1/apps/${demoApp}/events`, { key });
    expect((body.items as { data: { Content: string } }[]).map(({ data }) => data.Content)).toEqual([
      'plain',
      'compatible',
      'safe',
    ]);
    const check = await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });
    expect(check.body.checks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'callback', status: 'ok' }),
        expect.objectContaining({ check: 'aes_key', status: 'ok' }),
      ]),
    );
  });

  it('refuses what is not signed, of another time, or not well-formed, and keeps nothing of it', async () => {
    const house = await House.build();
    const long = new Date(Date.now() - 700_000);
    const status = async (sent: { query: string; body: string }) => {
      const answer = await house.send(sent);
      return [answer.status, answer.body.code];
    };
    const right = signedPush(textPush('a'), { appid });

    expect(await status({ ...right, query: 'timestamp=1&nonce=2&signature=3' })).toEqual([403, 'push_refused']);
    expect(await status({ ...right, query: `${right.query}&signature=x` })).toEqual([403, 'push_refused']);
    expect(await status(signedPush(textPush('a'), { appid, token: 'SomebodyElse' }))).toEqual([403, 'push_refused']);
    expect(await status(signedPush(textPush('a'), { appid, at: long }))).toEqual([403, 'push_stale']);
    expect(await status(signedPush('<xml><a></xml>', { appid }))).toEqual([400, 'push_malformed']);
    expect(await status(signedPush('<!DOCTYPE a><xml></xml>', { appid }))).toEqual([400, 'push_malformed']);
    expect(await status(signedPush('', { appid }))).toEqual([400, 'push_malformed']);
    expect(await status(signedPush('x'.repeat(300_000), { appid }))).toEqual([413, 'body_too_large']);

    expect(await house.events()).toEqual([]);
    expect(house.gateway.logged.filter((line) => line.includes('"level":"error"') && line.includes('wrong clock'))).toHaveLength(
      1,
    );
  });

  it('takes any content type, and knows JSON by itself', async () => {
    const house = await House.build();
    const body = JSON.stringify({
      FromUserName: 'oSomebody',
      ToUserName: 'gh_97417a04a28d',
      CreateTime: 1,
      MsgType: 'text',
      Content: 'x',
      MsgId: 7,
    });

    for (const type of [
      'text/xml',
      'application/json',
      'text/plain',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
    ])
      expect(said(await house.push(body.replace('"MsgId":7', `"MsgId":60747465576282929${type.length}`), { type }))).toEqual(
        success,
      );

    expect((await house.events()).map(({ data }) => (data as { MsgId: string }).MsgId)).toContain('6074746557628292916');
  });

  it('demands what its app demands', async () => {
    const house = await House.build({ callback: safe });

    expect((await house.push(textPush('a'))).status).toBe(403);
    expect(said(await house.push(textPush('a'), { isSealed: true }))).toEqual(success);
    expect((await house.push(textPush('a'), { isSealed: true, aesKey: 'x'.repeat(43) })).status).toBe(403);
    expect((await house.send(signedPush(textPush('a'), { appid: 'wx00000000000000bb', isSealed: true }))).status).toBe(403);
  });

  it('accepts the former token and key for as long as the operator says', async () => {
    const house = await House.build({ callback: safe });
    const change = (callback: object) => house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback } });
    const fresh = { token: 'FreshToken', aesKey: 'y'.repeat(43) };

    const { body } = await change({ token: fresh.token, encoding_aes_key: fresh.aesKey });

    expect((body.callback as { former_accepted_until: string }).former_accepted_until).toMatch(/Z$/);
    expect(said(await house.push(textPush('a'), { isSealed: true }))).toEqual(success);
    expect(said(await house.push(textPush('a'), { isSealed: true, ...fresh }))).toEqual(success);
    await change({ token: 'ThirdToken', overlap_seconds: 0 });
    expect((await house.push(textPush('a'), { isSealed: true })).status).toBe(403);
    expect((await house.push(textPush('a'), { isSealed: true, ...fresh })).status).toBe(403);
    expect(said(await house.push(textPush('a'), { isSealed: true, token: 'ThirdToken', aesKey: fresh.aesKey }))).toEqual(success);
    const kept = JSON.stringify(await house.gateway.database.query('SELECT * FROM app')) + house.gateway.logged.join('');
    for (const secret of [callbackToken, encodingAesKey, ...Object.values(fresh), 'ThirdToken'])
      expect(kept).not.toContain(secret);
  });

  it('goes on for a disabled app', async () => {
    const house = await House.build();
    await house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { enabled: false } });

    expect(said(await house.push(textPush('a')))).toEqual(success);
  });
});

describe('The older address', () => {
  const path = '/v1/service/wx/wxmsg';
  it('finds the app by the address, by the push, or by the signature', async () => {
    const house = await House.build();
    const echo = `${signedPush('', { appid }).query}&echostr=77`;

    expect(said(await house.push(textPush('a'), { path }))).toEqual(success);
    expect(said(await house.push(textPush('b'), { path, isSealed: false }))).toEqual(success);
    expect(
      said(
        await house.push(pushXml({ MsgType: 'text', FromUserName: 'o', CreateTime: 1, MsgId: '1', Content: 'c' }), {
          path: `${path}?appid=${appid}`,
        }),
      ),
    ).toEqual(success);
    expect(said(await house.gateway.ask(`${path}?${echo}`))).toEqual([200, '77']);
    expect(said(await house.gateway.ask(`${path}?appid=${appid}&${echo}`))).toEqual([200, '77']);

    expect((await house.events()).map(({ data }) => (data as { Content: string }).Content)).toEqual(['a', 'b', 'c']);
    expect((await house.push(pushXml({ ToUserName: 'gh_000000000000' }), { path })).body).toMatchObject({
      status: 403,
      code: 'push_refused',
    });
    expect((await house.gateway.ask(`${path}?${echo.replace(/signature=./, 'signature=z')}`)).status).toBe(403);
  });

  it('opens the secrets of an app once, and hears on every replica what becomes of it', async () => {
    const house = await House.build();
    const twin = await house.gateway.twin();
    const opened: string[] = [];
    for (const { gateway } of [house.gateway, twin]) {
      const decipher = gateway.app.get(Vault);
      const open = decipher.open.bind(decipher);
      decipher.open = (place, sealed) => {
        opened.push(place.column);
        return open(place, sealed);
      };
    }
    const looks = async (token: string): Promise<number[]> => {
      const statuses: number[] = [];
      for (const gateway of [house.gateway, twin]) {
        await gateway.hearChanges();
        statuses.push((await gateway.ask(`${path}?${signedPush('', { appid, token }).query}&echostr=1`)).status);
      }
      return statuses;
    };

    expect(await looks(callbackToken)).toEqual([200, 200]);
    const first = opened.splice(0).length;
    for (let turn = 0; turn < 5; turn++) expect(await looks('Wrong')).toEqual([403, 403]);
    const later = opened.splice(0).length;
    const callback = { token: 'Another', overlap_seconds: 0 };
    await house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback } });
    const changed = [await looks('Another'), await looks(callbackToken)];
    await house.gateway.admin(`/apps/${appid}?confirm=${appid}`, { method: 'DELETE' });

    const second = {
      appid: 'wx00000000000000bb',
      kind: 'website',
      name: 'B',
      secret: '0'.repeat(32),
      callback: { token: 'Second' },
    };
    await house.gateway.admin('/apps', { method: 'POST', body: second });

    expect([first > 0, later]).toEqual([true, 0]);
    expect(await looks('Second')).toEqual([200, 200]);
    expect(changed).toEqual([
      [200, 200],
      [403, 403],
    ]);
    expect(await looks('Another')).toEqual([403, 403]);
  });

  it('counts wrong signatures by address, and answers right ones all the same', async () => {
    const house = await House.build({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
    const look = async (address: string, token = 'Wrong') =>
      house.gateway.ask(`${path}?${signedPush('', { appid, token }).query}&echostr=1`, {
        headers: { 'x-forwarded-for': address },
      });

    for (let turn = 1; turn <= 20; turn++) expect((await look(`2001:db8:1:2::${turn}`)).status).toBe(403);
    const late = await look('2001:db8:1:2:ffff::1');

    expect([late.status, late.body.code]).toEqual([429, 'too_many_wrong_signatures']);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await look('2001:db8:1:2::1', callbackToken)).status).toBe(200);
    expect((await look('2001:db8:1:3::1')).status).toBe(403);
  });

  it('replies in the name of the app, sealed when the push was', async () => {
    const house = await House.build({ callback: safe });
    await house.rules([{ when: { keyword: 'hi' }, reply: { type: 'text', content: '你好' } }]);

    const answer = await house.push(textPush('hi'), { path, isSealed: true });

    const encrypted = /<Encrypt><!\[CDATA\[(.+?)\]\]>/.exec(answer.text)?.[1] ?? '';
    expect(new MessageEnvelope({ encodingAesKey, receiveId: appid }).open(encrypted).message).toContain(
      '<Content><![CDATA[你好]]></Content>',
    );
  });
});

describe('A push', () => {
  it('is an event with everything that WeChat said', async () => {
    const house = await House.build();
    const occurred = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    await house.push(eventPush('SCAN', { CreateTime: occurred.getTime() / 1_000, EventKey: 'shop-17', Ticket: 'gQH' }));

    const [event] = await house.events();

    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9A-Za-z]{22}$/),
      appid,
      type: 'event.scan',
      openid: 'oSomebody',
      occurred_at: occurred.toISOString(),
      received_at: expect.stringMatching(/Z$/),
      data: expect.objectContaining({ Event: 'SCAN', EventKey: 'shop-17', Ticket: 'gQH', FromUserName: 'oSomebody' }),
    });
    expect((await house.gateway.ask(`/v1/events/${String(event?.id)}`, { key: house.key })).body).toEqual(event);
    const { key } = await house.gateway.makeKey({ scopes: ['events:read'], appids: ['wx00000000000000bb'] });
    expect((await house.gateway.ask(`/v1/events/${String(event?.id)}`, { key })).status).toBe(404);
  });

  it('that is strange is kept raw and acknowledged', async () => {
    const house = await House.build();
    const deep = '<a>'.repeat(40) + '</a>'.repeat(40);

    expect(said(await house.push(deep))).toEqual(success);
    expect(said(await house.push('{"MsgType":"text","Content":"a\\u0000b\\ud800","MsgId":1}'))).toEqual(success);

    expect(await house.events()).toMatchObject([
      { type: 'event.unknown', data: null, openid: null },
      { type: 'message.text', data: { Content: 'ab\ufffd' } },
    ]);
    const raw = await house.gateway.database.query<{ raw: Buffer }>('SELECT raw FROM event ORDER BY seq');
    expect(raw[0]?.raw.toString()).toBe(deep);
    expect(raw[1]?.raw.toString()).toContain('\\u0000');
  });

  it('sent three times to different replicas at once is one event, one effect, and the same answer thrice', async () => {
    const effects: string[] = [];
    const besides = [
      room(
        'greeter',
        ['text'],
        async ({ id }, transaction) => {
          await transaction.query(
            "INSERT INTO idempotent_request (caller, route, key, body_hash, attempt, held_until) VALUES ('t', 'r', $1, 'h', 'a', now())",
            [id],
          );
          effects.push(id);
          return { kind: 'text', content: `first ${effects.length}` };
        },
        true,
      ),
    ];
    const house = await House.build({ besides });
    const twins = [house.gateway, await house.gateway.twin(), await house.gateway.twin()];
    const body = textPush('hello');

    const answers = await Promise.all(twins.map((to) => house.push(body, { to })));
    const later = await house.push(body, { to: twins[2] ?? house.gateway });

    const contents = [...answers, later].map(({ text }) => /<Content>(.*?)<\/Content>/.exec(text)?.[1]);
    expect(contents).toEqual(Array(4).fill('<![CDATA[first 1]]>'));
    expect(await house.events()).toHaveLength(1);
    expect(effects).toHaveLength(1);
    expect(await house.gateway.database.query('SELECT 1 FROM event_task')).toEqual([]);
  });

  it('with a signature that came before, and another body, is refused; with the same body it is a repeat', async () => {
    const house = await House.build();
    const first = signedPush(textPush('mine'), { appid });

    expect(said(await house.send(first))).toEqual(success);
    expect(said(await house.send(first))).toEqual(success);
    expect((await house.send({ ...first, body: textPush('forged') })).body).toMatchObject({ status: 403, code: 'push_refused' });

    expect(await house.events()).toHaveLength(1);
  });

  it('that is sealed tells its own secrets to nobody', async () => {
    const house = await House.build({ callback: safe });
    const ticket = 'ticket@@@not-for-anybody';
    await house.push(
      pushXml({ AppId: appid, CreateTime: 1_769_860_800, InfoType: 'component_verify_ticket', ComponentVerifyTicket: ticket }),
      { isSealed: true },
    );

    expect(await house.events()).toMatchObject([{ type: 'event.component_verify_ticket' }]);
    expect(
      JSON.stringify(await house.gateway.database.query('SELECT * FROM event')) + house.gateway.logged.join(''),
    ).not.toContain(ticket);
  });

  it('that cannot be stored is not acknowledged', async () => {
    const house = await House.build();
    const proxy = await SeverableProxy.to(house.gateway.database.url);
    const away = await house.gateway.twin({ env: { DATABASE_URL: proxy.url } });
    await house.push(textPush('warm'), { to: away });
    proxy.cut();

    const answer = await house.push(textPush('lost'), { to: away });

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
    expect(await house.events()).toHaveLength(1);
  });
});

describe('What an app says by itself', () => {
  it('is the first rule that fits', async () => {
    const house = await House.build();
    const { status, body } = await house.rules([
      { when: { type: 'event.subscribe' }, reply: { type: 'text', content: '欢迎' } },
      { when: { type: 'event.click', event_key: 'HELP' }, reply: { type: 'transfer' } },
      {
        when: { keyword: '价格', match: 'contains' },
        reply: {
          type: 'news',
          articles: [{ title: 't', description: 'd', pic_url: 'https://a.example.com/p', url: 'https://a.example.com/' }],
        },
      },
      { when: { keyword: 'Hi' }, reply: { type: 'image', media_id: 'm' } },
      { when: { type: 'message.text' }, reply: { type: 'text', content: 'else' } },
    ]);
    expect(status).toBe(200);
    expect((await house.gateway.admin(`/apps/${appid}/reply-rules`)).body).toEqual(body);
    const type = async (push: string) => /<MsgType><!\[CDATA\[(\w+)/.exec((await house.push(push)).text)?.[1] ?? 'success';

    expect(await type(eventPush('subscribe'))).toBe('text');
    expect(await type(eventPush('CLICK', { EventKey: 'HELP' }))).toBe('transfer_customer_service');
    expect(await type(eventPush('CLICK', { EventKey: 'OTHER' }))).toBe('success');
    expect(await type(textPush('问一下价格'))).toBe('news');
    expect(await type(textPush(' hI '))).toBe('image');
    expect(await type(textPush('hi there'))).toBe('text');
    expect(await type(eventPush('unsubscribe'))).toBe('success');
  });

  it('is checked before it is kept, and audited', async () => {
    const house = await House.build();
    const faults = async (rules: unknown[]) =>
      ((await house.rules(rules)).body.errors as { path: string }[]).map(({ path }) => path);

    expect(await faults([{ when: {}, reply: { type: 'text' } }])).toEqual(['rules.0.reply.content', 'rules.0.when']);
    expect(await faults([{ when: { type: 'SCAN' }, reply: { type: 'dance' } }])).toEqual([
      'rules.0.when.type',
      'rules.0.reply.type',
    ]);
    const texts = await house.gateway.admin(`/apps/${appid}/texts`, { method: 'PUT', body: { texts: { 'no.such': 'x' } } });
    expect(texts.body).toMatchObject({ status: 400, errors: [{ path: 'texts.no.such' }] });
    await house.rules([{ when: { keyword: 'a' }, reply: { type: 'text', content: 'b' } }]);
    expect((await house.gateway.admin('/audit-log?action=reply_rules.set')).body.items).toHaveLength(1);
  });
});

describe('A room that asks for events', () => {
  it('gets each once, in the order of its person, again after it failed, and nothing it did in vain stays', async () => {
    const seen: string[] = [];
    let failures = 2;
    const besides = [
      room('counter', ['text'], async ({ push, openid }, transaction) => {
        const content = push.kind === 'text' ? push.content : '';
        await transaction.query(
          "INSERT INTO idempotent_request (caller, route, key, body_hash, attempt, held_until) VALUES ('t', 'r', $1, 'h', 'a', now())",
          [content],
        );
        if (openid === 'oFirst' && failures-- > 0) throw new Error('not yet');
        seen.push(content);
      }),
    ];
    const house = await House.build({ besides });

    for (const content of ['1', '2', '3']) expect(said(await house.push(textPush(content, 'oFirst')))).toEqual(success);
    await house.push(textPush('other', 'oSecond'));
    // What failed waits before it is tried again: here that time passes at once.
    await until(
      async () => {
        await house.gateway.database.query('UPDATE event_task SET due_at = now()');
        return seen;
      },
      (all) => all.length === 4,
    );

    expect(seen.filter((content) => content !== 'other')).toEqual(['1', '2', '3']);
    const failed = house.gateway.logged.filter((line) => line.includes('not yet'));
    expect(failed[0]).toMatch(/"Handler counter failed on event evt_\w+ \(attempt 1 of \d+\): not yet"/);
    await until(
      () => house.gateway.database.query('SELECT 1 FROM event_task'),
      (rows) => rows.length === 0,
    );
    expect(await house.gateway.database.query('SELECT key FROM idempotent_request')).toHaveLength(4);
  });

  it('is called after a crash for what it had not finished', async () => {
    const house = await House.build();
    await house.gateway.stop();
    // As a process leaves it that died between its commit and its work.
    const quiet = await house.gateway.twin({ besides: [room('late', ['text'], () => Promise.reject(new Error('crash')))] });
    await house.push(textPush('kept'), { to: quiet });
    await until(
      () => house.gateway.database.query('SELECT 1 FROM event_task WHERE attempts > 0'),
      (rows) => rows.length === 1,
    );
    await quiet.stop();
    await house.gateway.database.query('UPDATE event_task SET due_at = now()');
    const seen: string[] = [];

    await house.gateway.twin({ besides: [room('late', ['text'], ({ push }) => Promise.resolve(void seen.push(push.kind)))] });

    await until(
      () => seen,
      (all) => all.length === 1,
    );
    expect(seen).toEqual(['text']);
  });

  it.each<[string, Work]>([
    ['hangs', () => new Promise(() => undefined)],
    ['throws', () => Promise.reject(new Error('broken'))],
    ['answers too late', () => new Promise((done) => setTimeout(() => done({ kind: 'text', content: 'late' }), 1_500))],
  ])('and %s delays no answer past its budget', async (_, work) => {
    const house = await House.build({ besides: [room('bad', ['text'], work, true)], env: { REPLY_BUDGET_MILLISECONDS: '800' } });
    await house.rules([{ when: { keyword: 'hi' }, reply: { type: 'text', content: 'rule' } }]);
    const began = performance.now();

    const answer = await house.push(textPush('hi'));

    expect(performance.now() - began).toBeLessThan(1_400);
    expect(answer.text).toContain('rule');
    // Stopping must not wait for what hangs.
    afterThisTest(() =>
      house.gateway.database.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
  });

  it('and answers slowly leaves connections to the database for those who store', async () => {
    let begun = 0;
    let letGo: () => void = () => undefined;
    const free = new Promise<void>((done) => (letGo = done));
    const work: Work = () => {
      begun++;
      return free;
    };
    const house = await House.build({ besides: [room('slow', ['text'], work, true)] });

    const slow = Array.from({ length: 6 }, (_, number) => house.push(textPush('hi', `oPerson${number}`)));
    await until(
      async () => [begun, (await house.gateway.database.query('SELECT 1 FROM event')).length],
      ([working = 0, kept]) => working >= 2 && kept === 6,
    );
    const other = await house.push(eventPush('CLICK', { EventKey: 'A' }));
    letGo();

    expect(said(other)).toEqual(success);
    expect((await Promise.all(slow)).map(said)).toEqual(Array(6).fill(success));
  });

  it('and a database that takes half a second for everything still leave an answer within four and a half', async () => {
    const house = await House.build({
      besides: [room('slow', ['text'], () => Promise.resolve({ kind: 'text', content: 'in time' }), true)],
    });
    const proxy = await SeverableProxy.to(house.gateway.database.url);
    const slow = await house.gateway.twin({ env: { DATABASE_URL: proxy.url } });
    await house.push(textPush('warm'), { to: slow });
    proxy.delay(500);

    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 5 }, (_, turn) => house.push(textPush(`hi ${turn}`), { to: slow })));

    expect(performance.now() - began).toBeLessThan(4_500);
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    proxy.delay(0);
  });
});

describe('Followers', () => {
  it('are recorded as WeChat tells of them, and forgotten when their account is closed', async () => {
    const house = await House.build();
    const record = async () => (await house.gateway.ask(`/v1/apps/${appid}/users/oSomebody/record`, { key: house.key })).body;
    const now = Math.floor(Date.now() / 1_000);
    const follows = (wanted: unknown) => until(record, (body) => body.follows === wanted);

    await house.push(eventPush('subscribe', { CreateTime: now - 20 }));
    expect(await follows(true)).toMatchObject({ follows_since: new Date((now - 20) * 1_000).toISOString() });
    await house.push(eventPush('unsubscribe', { CreateTime: now - 10 }));
    await follows(false);
    // News that comes late tells nothing.
    await house.push(eventPush('subscribe', { CreateTime: now - 15 }));
    await until(
      () => house.gateway.database.query('SELECT 1 FROM event_task'),
      (rows) => rows.length === 0,
    );
    expect((await record()).follows).toBe(false);
    await house.push(eventPush('user_authorization_cancellation', { OpenID: 'oSomebody' }, 'oWechatItself'));
    await until(record, (body) => body.code === 'user_not_found');
    expect(await house.events('?openid=oSomebody')).toEqual([]);
  });
});

describe('Events', () => {
  it('are listed the oldest first, page by page, by type, person and time, and a cursor misses nothing', async () => {
    const house = await House.build();
    for (const [content, openid] of [
      ['1', 'oA'],
      ['2', 'oB'],
      ['3', 'oA'],
    ] as const)
      await house.push(textPush(content, openid));
    await house.push(eventPush('CLICK', { EventKey: 'k' }, 'oA'));
    const contents = async (query: string) =>
      (await house.events(query)).map(({ data }) => (data as { Content?: string }).Content ?? 'click');

    expect(await contents('')).toEqual(['1', '2', '3', 'click']);
    expect(await contents('?openid=oA')).toEqual(['1', '3', 'click']);
    expect(await contents('?type=event.click')).toEqual(['click']);
    expect(await contents(`?since=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toEqual([]);
    const { body } = await house.gateway.ask(`/v1/apps/${appid}/events?limit=3`, { key: house.key });
    expect(await contents(`?cursor=${body.next_cursor as string}`)).toEqual(['click']);
  });

  it('stream as they come, from whichever replica heard them, and go on where a reader stopped', async () => {
    const house = await House.build();
    const twin = await house.gateway.twin();
    const reader = await Reader.open(house, `/v1/apps/${appid}/events/stream`);
    await house.push(textPush('1'));
    await house.push(textPush('2'), { to: twin });
    await house.push(eventPush('CLICK', { EventKey: 'k' }), { to: twin });

    await until(
      () => reader.events,
      (all) => all.length === 3,
    );
    const [first] = reader.events;
    const again = await Reader.open(house, `/v1/apps/${appid}/events/stream?type=message.text`, first?.id);
    await until(
      () => again.events,
      (all) => all.length === 1,
    );

    expect(reader.events.map(({ event }) => event)).toEqual(['message.text', 'message.text', 'event.click']);
    expect(again.events).toEqual([reader.events[1]]);
    expect(JSON.parse(reader.events[1]?.data ?? '')).toMatchObject({ id: reader.events[1]?.id, data: { Content: '2' } });
    expect(
      (
        await house.gateway.ask(`/v1/apps/${appid}/events/stream`, {
          key: house.key,
          headers: { 'last-event-id': `evt_${'0'.repeat(22)}` },
        })
      ).status,
    ).toBe(410);
  });

  it('stream to one key as often as the operator allows, and a place is free when a stream ends', async () => {
    const house = await House.build({ env: { EVENT_STREAMS_PER_KEY: '2' } });
    const path = `/v1/apps/${appid}/events/stream`;
    const other = await house.gateway.makeKey({ scopes: ['events:read'] });
    const open = async (key = house.key) => {
      const abort = new AbortController();
      const answer = await fetch(house.gateway.url + path, { headers: { authorization: `Bearer ${key}` }, signal: abort.signal });
      afterThisTest(() => Promise.resolve(abort.abort()));
      if (answer.status === 200) return { status: 200, end: () => abort.abort() };
      return {
        status: answer.status,
        end: () => undefined,
        retryAfter: answer.headers.get('retry-after'),
        text: await answer.text(),
      };
    };

    const both = [await open(), await open()];
    const refused = await open();
    const othersOwn = await open(other.key);
    both[0]?.end();
    const again = await until(
      () => open(),
      ({ status }) => status === 200,
    );

    expect([...both, othersOwn, again].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect([refused.status, refused.retryAfter]).toEqual([429, '30']);
    expect(refused.text).toContain('"code":"too_many_streams"');
    expect((await open()).status).toBe(429);
  });

  it('are forgotten when their time is over', async () => {
    const house = await House.build({ env: { EVENTS_KEPT_DAYS: '7' } });
    await house.push(textPush('old'));
    await house.push(textPush('new'));
    await house.gateway.database.query("UPDATE event SET received_at = now() - interval '8 days' WHERE data->>'Content' = 'old'");
    const { KeptEvents } = await import('../libs/callback/src/kept-events.js');

    await house.gateway.gateway.app.get(KeptEvents).forgetOld();

    expect(await house.events()).toMatchObject([{ data: { Content: 'new' } }]);
  });
});

interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Reads a stream as a service does. */
class Reader {
  readonly events: ServerSentEvent[] = [];

  static async open(house: House, path: string, lastId?: string): Promise<Reader> {
    const abort = new AbortController();
    const answer = await fetch(house.gateway.url + path, {
      headers: { authorization: `Bearer ${house.key}`, ...(lastId !== undefined && { 'last-event-id': lastId }) },
      signal: abort.signal,
    });
    const reader = new Reader();
    const reading = reader.read(answer).catch(() => undefined);
    afterThisTest(async () => {
      abort.abort();
      await reading;
    });
    return reader;
  }

  private async read(answer: Response): Promise<void> {
    let text = '';
    for await (const part of answer.body ?? []) {
      text += Buffer.from(part as Uint8Array).toString('utf8');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        if (field('id')) this.events.push({ id: field('id'), event: field('event'), data: field('data') });
      }
    }
  }
}
