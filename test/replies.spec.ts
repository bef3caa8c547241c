import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { CallbackModule, type EventHandler, EventHandlers } from '#callback';
import type { PassiveReply } from '#wechat';
import { shared } from './support/cleanup.js';
import { TestGateway, type TestGatewayOptions } from './support/gateway.js';
import { LoginHouse } from './support/login-house.js';
import { callbackToken, signedPush, textPush } from './support/pusher.js';
import { Receiver } from './support/receiver.js';
import { questionsAfter } from './support/scans.js';
import { TalkingHouse } from './support/talking-house.js';
import { until } from './support/until.js';
import { WebhookHouse, appid as webhookAppid } from './support/webhook-house.js';
import { demoApp } from './support/wechat.js';

const appid = 'wx00000000000000aa';

/** A room of the test's own that answers texts. */
function talker(work: () => Promise<PassiveReply | undefined>): DynamicModule {
  @Injectable()
  class Talker implements EventHandler, OnModuleInit {
    readonly name = 'talker';
    readonly kinds = ['text'] as const;
    readonly answers = true;

    constructor(private readonly handlers: EventHandlers) {}

    onModuleInit(): void {
      this.handlers.register(this);
    }

    handle(): Promise<PassiveReply | undefined> {
      return work();
    }
  }

  @Module({})
  class TalkerModule {}
  return { module: TalkerModule, imports: [CallbackModule], providers: [Talker] };
}

async function house(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await TestGateway.start(options);
  const body = { appid, kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback: { token: callbackToken } };
  const { status, text } = await gateway.admin('/apps', { method: 'POST', body });
  if (status !== 201) throw new Error(text);
  return gateway;
}

async function push(to: TestGateway, xml: string): Promise<string> {
  const { query, body } = signedPush(xml, { appid });
  const answer = await to.ask(`/callbacks/${appid}?${query}`, { method: 'POST', body, headers: { 'content-type': 'text/xml' } });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.text;
}

describe('A hundred scans are all answered with the question', () => {
  // Those that are not asked look for work all the same.
  const fleet = shared(async () => {
    const first = await house();
    return [first, await first.twin(), await first.twin()] as const;
  });
  const scanned = (count: number) => ({ appid, database: fleet()[0].database, replicas: fleet().slice(0, count) });

  it.each([1, 3].flatMap((count) => [1, 3, 5, 10].map((atOnce) => [count, atOnce] as const)))(
    'by %i replicas, %i scans at a time',
    async (count, atOnce) => expect(await questionsAfter(scanned(count), { scans: 100, atOnce })).toBe(100),
  );

  it('also when one person scans many codes at once', async () => {
    expect(await questionsAfter(scanned(1), { scans: 20, atOnce: 10, person: 'oHasty' })).toBe(20);
  });
});

describe('A reply that comes too late for the answer', () => {
  const text = (content: string): PassiveReply => ({ kind: 'text', content });
  const messagesTo = (talking: TalkingHouse, person: string) =>
    until(
      () => talking.inbox(person),
      (messages) => messages.length > 0,
    );
  const late = (gateway: TestGateway) => gateway.database.query('SELECT handler, status, reply, reason FROM late_reply');

  it('goes out as a message, once, and a repeat of the push does not hear it', async () => {
    let say: (reply: PassiveReply) => void = () => undefined;
    const besides = [talker(() => new Promise((done) => (say = done)))];
    const talking = await TalkingHouse.build({ scopes: ['users:read'], env: { REPLY_BUDGET_MILLISECONDS: '200' }, besides });
    const twin = await talking.gateway.twin();

    const { id } = await talking.act<{ id: string }>('xiaoming', 'say', { text: 'hi' });
    say(text('at last'));

    expect(await messagesTo(talking, 'xiaoming')).toMatchObject([{ body: { text: { content: 'at last' } } }]);
    await until(
      () => late(talking.gateway),
      (rows) => JSON.stringify(rows) === JSON.stringify([{ handler: 'talker', status: 'sent', reply: null, reason: null }]),
    );
    await talking.wechat.control('PUT', `/apps/${demoApp}/callback`, {
      url: `${twin.url}/callbacks/${demoApp}`,
      mode: 'safe',
    });
    const repeat = await talking.wechat.control<{ reply: unknown }>('POST', `/pushes/${id}/repeat`, {});
    expect(repeat.reply).toBeNull();
    expect(await talking.wechat.calls('/cgi-bin/message/custom/send', demoApp)).toBe(1);
  });

  it('because the handler failed at first, goes out as a message', async () => {
    let turns = 0;
    const besides = [talker(() => (turns++ === 0 ? Promise.reject(new Error('not yet')) : Promise.resolve(text('sorry'))))];
    const talking = await TalkingHouse.build({ scopes: ['users:read'], besides });

    await talking.act('xiaoming', 'say', { text: 'hi' });

    expect(await messagesTo(talking, 'xiaoming')).toMatchObject([{ body: { text: { content: 'sorry' } } }]);
  });

  it('because whoever kept the push died, goes out as a message', async () => {
    const talking = await TalkingHouse.build({
      scopes: ['users:read'],
      besides: [talker(() => Promise.resolve(text('from another')))],
    });
    await talking.act('xiaoming', 'say', { text: 'opens the window' });

    await leftBehind(talking.gateway, {
      type: 'message.text',
      openid: await talking.openid('xiaoming'),
      handler: 'talker',
      data: texts,
    });

    expect(await messagesTo(talking, 'xiaoming')).toMatchObject([{ body: { text: { content: 'from another' } } }]);
  });

  it('is lost where WeChat takes no message, which is shown, and the browser that waits for the person is told', async () => {
    const login = await LoginHouse.build();
    const begun = await login.begin();
    const [row] = await login.gateway.database.query<{ scene: string }>('SELECT scene FROM qr_login');
    const openid = await login.openid('xiaoming');

    const data = { ToUserName: 'gh_1', FromUserName: openid, CreateTime: 1_769_860_800, MsgType: 'event', Event: 'SCAN' };
    await leftBehind(login.gateway, {
      type: 'event.scan',
      openid,
      handler: 'qr-login',
      data: { ...data, EventKey: row?.scene, Ticket: 'gQ' },
    });

    await until(
      () => login.status(begun),
      (status) => status === 'cancelled',
    );
    expect(await late(login.gateway)).toEqual([
      { handler: 'qr-login', status: 'lost', reply: null, reason: expect.stringContaining('WeChat refused') },
    ]);
    expect((await login.gateway.ask('/metrics')).text).toContain('wx_late_replies_total{handler="qr-login",result="lost"} 1');
    expect(login.gateway.logged.filter((line) => line.includes('is lost: WeChat refused'))).toHaveLength(1);
  });

  it('by a hair is said once all the same: as the answer or as a message, never both, never neither', async () => {
    const budget = 150;
    const hair = (): number => budget - 25 + Math.random() * 30;
    const besides = [talker(() => new Promise((done) => setTimeout(() => done(text('said')), hair())))];
    const gateway = await house({ besides, env: { REPLY_BUDGET_MILLISECONDS: String(budget), DATABASE_POOL_SIZE: '10' } });

    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, number) => [
        `oPerson${number}`,
        await push(gateway, textPush('hi', `oPerson${number}`)),
      ]),
    );
    await until(
      () => gateway.database.query('SELECT 1 FROM event_task'),
      (tasks) => tasks.length === 0,
    );

    const answered = answers.filter(([, answer]) => answer?.includes('said')).map(([openid]) => openid);
    const rows = await gateway.database.query<{ openid: string }>('SELECT openid FROM late_reply');
    const kept = await gateway.database.query<{ openid: string }>('SELECT openid FROM event WHERE reply IS NOT NULL');
    expect([...answered, ...rows.map(({ openid }) => openid)].sort()).toEqual(answers.map(([openid]) => openid).sort());
    expect(kept.map(({ openid }) => openid).sort()).toEqual([...answered].sort());
  });
});

describe('What a service answered', () => {
  it('is kept before it is said, so that the repeat hears it from whichever replica', async () => {
    const webhooks = await WebhookHouse.build();
    const { receiver } = await webhooks.webhook({ reply: true });
    receiver.answers(200, { 'content-type': 'application/json' }, '{"type":"text","content":"kept"}');
    // A disk that takes its time.
    await webhooks.gateway.database.query(
      `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$`,
    );
    await webhooks.gateway.database.query('CREATE TRIGGER dawdle BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION dawdle()');

    expect(await webhooks.push(textPush('hi'))).toContain('kept');

    const [event] = await webhooks.gateway.database.query('SELECT appid, reply, is_decided FROM event');
    expect(event).toEqual({ appid: webhookAppid, reply: { kind: 'text', content: 'kept' }, is_decided: true });
  });

  it('too late is not forgotten by a gateway that dies before it is sent', async () => {
    const env = { WEBHOOK_ALLOW: '127.0.0.0/8', REPLY_BUDGET_MILLISECONDS: '200' };
    const talking = await TalkingHouse.build({
      scopes: ['webhooks', 'events:read', 'messages:send'],
      env,
      withoutJobs: ['late-replies'],
    });
    const receiver = await Receiver.start();
    let answer = (): void => undefined;
    receiver.does((_, reply) => (answer = () => void reply.writeHead(200).end('{"type":"text","content":"at last"}')));
    const terms = { url: receiver.url, appids: '*', types: ['message.text'], reply: true };
    expect((await talking.gateway.ask('/v1/webhooks', { method: 'POST', key: talking.key, body: terms })).status).toBe(201);
    await talking.act('xiaoming', 'say', { text: 'hi' });
    await receiver.gets(1);
    answer();
    await until(
      () => late(talking.gateway),
      (rows) => rows.length === 1,
    );

    await talking.gateway.stop();
    await talking.gateway.twin({ withoutJobs: [] });

    const inbox = await until(
      () => talking.inbox('xiaoming'),
      (messages) => messages.length > 0,
    );
    expect(inbox).toMatchObject([{ body: { text: { content: 'at last' } } }]);
  });

  const late = (gateway: TestGateway) => gateway.database.query('SELECT 1 FROM late_reply');
});

const texts = { ToUserName: 'gh_1', FromUserName: 'o', CreateTime: 1_769_860_800, MsgType: 'text', Content: 'hi', MsgId: '1' };

/** An event as a process leaves it that died after its commit, once its time to answer is over. */
async function leftBehind(
  gateway: TestGateway,
  { type, openid, handler, data }: { type: string; openid: string; handler: string; data: object },
): Promise<void> {
  await gateway.database.query(
    `WITH kept AS (
       INSERT INTO event (id, appid, type, openid, dedupe_key, data, is_decided)
       VALUES ('evt_0000000000000000000000', $1, $2, $3, 'k', $4, false) RETURNING appid, seq)
     INSERT INTO event_task (appid, seq, handler, person) SELECT appid, seq, $5, $3 FROM kept`,
    [demoApp, type, openid, JSON.stringify(data), handler],
  );
}
