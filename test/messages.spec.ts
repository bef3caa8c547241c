import { describe, expect, it } from '@jest/globals';
import { shared } from './support/cleanup.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { until } from './support/until.js';
import { demoApp } from './support/wechat.js';

const templates = `${demoApp}/template-messages`;
const shipped = 'simulator-order-shipped-0000000000000000001';
const data = { character_string1: { value: 'A-17' }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } };
const sendPath = '/cgi-bin/message/template/send';
const customPath = '/cgi-bin/message/custom/send';

const build = () => TalkingHouse.build({ scopes: ['messages:send', 'menu'] });

async function templateTo(house: TalkingHouse, person: string, more: Record<string, unknown> = {}) {
  return { touser: await house.openid(person), template_id: shipped, data, ...more };
}

const statusOf = async (house: TalkingHouse, path: string, id: unknown) => (await house.ask(`${path}/${String(id)}`)).body.status;

describe('A template message', () => {
  const ours = shared(build);

  it('is sent, and delivered once WeChat says so', async () => {
    const house = await build();

    const { status, body } = await house.ask(templates, { body: await templateTo(house, 'lilei', { client_msg_id: 'order-1' }) });

    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(/^msg_/), msgid: expect.stringMatching(/^\d{19}$/), status: 'sent' });
    const fate = await until(
      () => house.ask(`${templates}/${String(body.id)}`),
      (seen) => seen.body.status === 'delivered',
    );
    expect(fate.body).toMatchObject({ msgid: body.msgid, client_msg_id: 'order-1', template_id: shipped, detail: 'success' });
    const [lying] = await house.inbox('lilei');
    expect(lying).toMatchObject({ msgid: body.msgid, body: { client_msg_id: 'order-1', data } });
  });

  it.each([
    [
      'by somebody who blocks the account',
      'blocked',
      (house: TalkingHouse) => house.wechat.control('PATCH', '/people/lilei', { refuses_messages: true }),
    ],
    ['by WeChat itself', 'failed', (house: TalkingHouse) => house.switch({ template_outcome: 'failed: system failed' })],
  ])('that is not taken %s is %s', async (_, word, before) => {
    const house = await build();
    await before(house);

    const { body } = await house.ask(templates, { body: await templateTo(house, 'lilei') });

    await until(
      () => statusOf(house, templates, body.id),
      (seen) => seen === word,
    );
  });

  it('whose report comes before the answer of the call ends in the right status', async () => {
    const house = await build();
    await house.switch({ template_event_first: true });

    const { body } = await house.ask(templates, { body: await templateTo(house, 'lilei') });

    expect(body.status).toBe('sent');
    await until(
      () => statusOf(house, templates, body.id),
      (seen) => seen === 'delivered',
    );
  });

  it('is refused in the words of WeChat', async () => {
    const house = await build();
    const wrong: [object, number, string][] = [
      [{ touser: 'oNobody' }, 40003, 'wechat_refused'],
      [{ template_id: 'simulator-subscribe-once-000000000000000003' }, 40037, 'wechat_refused'],
      [{ data: { ...data, thing2: { value: 'x'.repeat(21) } } }, 47003, 'wechat_refused'],
      [{ miniprogram: { appid: 'wx0000000000000000' } }, 40013, 'app_needs_attention'],
      [{ miniprogram: { appid: demoProgram, pagepath: 'pages/none' } }, 40165, 'wechat_refused'],
    ];

    for (const [more, errcode, code] of wrong) {
      const answer = await house.ask(templates, { body: await templateTo(house, 'lilei', { ...more }) });
      expect([more, answer.status]).toEqual([more, code === 'wechat_refused' ? 422 : 502]);
      expect(answer.body).toMatchObject({ code, wechat: { errcode, hint: expect.stringMatching(/./), rid: expect.any(String) } });
    }
    expect(await house.inbox('lilei')).toEqual([]);
  });

  it('to somebody who does not follow is refused', async () => {
    const house = ours();

    const { status, body } = await house.ask(templates, { body: await templateTo(house, 'zhangwei') });

    expect([status, body.wechat]).toEqual([422, expect.objectContaining({ errcode: 43004 })]);
  });

  it('of an account without the right to them calls for its operator', async () => {
    const house = await build();
    await house.wechat.control('PATCH', `/apps/${demoApp}`, { verified: false });

    const { status, body } = await house.ask(templates, { body: await templateTo(house, 'lilei') });

    expect([status, body.code]).toEqual([502, 'app_needs_attention']);
  });

  it('is refused for its form before WeChat is asked, every fault at once', async () => {
    const house = ours();
    const before = await house.wechat.calls(sendPath);

    const { status, body } = await house.ask(templates, {
      body: { touser: 'a b', template_id: '', data: { x: 1 }, url: 'javascript:1', client_msg_id: 'x'.repeat(33), colour: 1 },
    });

    expect(status).toBe(400);
    expect((body.errors as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'client_msg_id',
      'colour',
      'data',
      'template_id',
      'touser',
      'url',
    ]);
    expect((await house.wechat.calls(sendPath)) - before).toBe(0);
  });

  it('heals a token that died, inside the call', async () => {
    const house = await build();
    await house.ask(templates, { body: await templateTo(house, 'lilei') });
    await house.wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });

    const { status } = await house.ask(templates, { body: await templateTo(house, 'lilei') });

    expect(status).toBe(201);
    expect(await house.inbox('lilei')).toHaveLength(2);
  });

  it.each(['same_msgid', '45065'])('of one client_msg_id is sent once, when WeChat answers a repeat with %s', async (form) => {
    const house = await build();
    await house.switch({ repeated_client_msg_id: form });
    await house.wechat.fault({ path: sendPath, kind: 'reset_after' });
    const body = await templateTo(house, 'lilei', { client_msg_id: 'order-1' });

    // WeChat has it, the answer was lost, and the gateway asked again by itself.
    const first = await house.ask(templates, { body });
    const again = await house.ask(templates, { body });

    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect((await house.inbox('lilei')).map(({ msgid }) => msgid)).toEqual([first.body.msgid]);
  });

  it('of one client_msg_id that says something else is a conflict', async () => {
    const house = ours();
    await house.ask(templates, { body: await templateTo(house, 'lilei', { client_msg_id: 'order-1' }) });

    const { status, body } = await house.ask(templates, {
      body: await templateTo(house, 'lilei', { client_msg_id: 'order-1', url: 'https://example.com/' }),
    });

    expect([status, body.code]).toEqual([409, 'client_msg_id_reused']);
  });

  it('whose outcome is unknown says so, and is sent once when the request is repeated', async () => {
    const house = await build();
    const question = { body: await templateTo(house, 'lilei'), headers: { 'idempotency-key': 'order-1' } };
    await house.wechat.fault({ path: sendPath, kind: 'reset_after', count: 2 });

    const lost = await house.ask(templates, question);
    const status = await statusOf(house, templates, lost.body.id);
    const again = await house.ask(templates, question);

    expect([lost.status, lost.body.code]).toEqual([504, 'outcome_unknown']);
    expect(status).toBe('unknown');
    expect(again.status).toBe(201);
    expect(again.body.id).toBe(lost.body.id);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('whose answer was lost stays in doubt, though WeChat refuses the repeats, and is sent once', async () => {
    const house = await build();
    const question = { body: await templateTo(house, 'lilei'), headers: { 'idempotency-key': 'order-1' } };
    const busy = { path: sendPath, kind: 'errcode', errcode: -1 };
    await house.wechat.fault({ path: sendPath, kind: 'reset_after' });
    await house.wechat.fault({ ...busy, count: 5 });

    const lost = await house.ask(templates, question);
    const refused = await house.ask(templates, question);
    const sent = await house.ask(templates, question);

    expect([lost.status, refused.status, sent.status]).toEqual([503, 503, 201]);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('whose outcome is unknown is not repeated once WeChat would no longer know it', async () => {
    const house = await build();
    const question = { body: await templateTo(house, 'lilei'), headers: { 'idempotency-key': 'order-1' } };
    await house.wechat.fault({ path: sendPath, kind: 'reset_after', count: 2 });
    await house.ask(templates, question);
    await house.gateway.database.query("UPDATE sent_message SET created_at = created_at - interval '10 minutes'");

    const { status, body } = await house.ask(templates, question);

    expect([status, body.code]).toEqual([409, 'send_not_repeated']);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('that a dead process was sending is taken over, and sent once', async () => {
    const house = await build();
    const question = { body: await templateTo(house, 'lilei', { client_msg_id: 'order-1' }) };
    await house.ask(templates, question);
    // As the process leaves it that dies between the answer of WeChat and our note of it.
    await house.gateway.database.query("UPDATE sent_message SET status = 'sending', msgid = NULL");
    const early = await house.ask(templates, question);
    await house.gateway.database.query('UPDATE sent_message SET held_until = now()');

    const late = await house.ask(templates, question);

    expect([early.status, early.body.code]).toEqual([409, 'request_in_flight']);
    expect(late.status).toBe(201);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('whose result could not be recorded is recorded when the database can', async () => {
    const house = await build();
    const { database } = house.gateway;
    await database.query(
      `CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`,
    );
    await database.query('CREATE TRIGGER no_space BEFORE UPDATE ON sent_message FOR EACH ROW EXECUTE FUNCTION no_space()');
    const sent = await house.ask(templates, { body: await templateTo(house, 'lilei') });
    const look = () => house.ask(`${templates}/${String(sent.body.id)}`);
    const meanwhile = await look();

    await database.query('DROP TRIGGER no_space ON sent_message');

    expect([sent.status, meanwhile.body.status]).toEqual([201, 'sending']);
    const { body } = await until(look, (seen) => seen.body.status !== 'sending');
    expect(body.msgid).toBe(sent.body.msgid);
  });

  it('asked for by twenty requests at once, on two replicas, is sent once', async () => {
    const house = await build();
    const twin = await house.gateway.twin();
    const body = await templateTo(house, 'lilei', { client_msg_id: 'order-1' });

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? twin : house.gateway).ask(`/v1/apps/${templates}`, { method: 'POST', key: house.key, body }),
      ),
    );

    expect(new Set(answers.map(({ status }) => status)).size).toBeLessThanOrEqual(2);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(new Set(answers.filter(({ status }) => status === 201).map((one) => one.body.id)).size).toBe(1);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('is tried again by itself while WeChat is busy', async () => {
    const house = ours();
    await house.wechat.fault({ path: sendPath, kind: 'errcode', errcode: -1, count: 2 });

    expect((await house.ask(templates, { body: await templateTo(house, 'lilei') })).status).toBe(201);
  });

  it('is known only for its own app, and forgotten with the person', async () => {
    const house = ours();
    const { body } = await house.ask(templates, { body: await templateTo(house, 'lilei') });
    const openid = await house.openid('lilei');
    await house.gateway.database.query('INSERT INTO wechat_user (appid, openid) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      demoApp,
      openid,
    ]);

    const foreign = await house.ask(`${demoProgram}/template-messages/${String(body.id)}`);
    await house.gateway.admin(`/apps/${demoApp}/users/${openid}`, { method: 'DELETE' });

    expect(foreign.status).toBe(404);
    expect((await house.ask(`${templates}/${String(body.id)}`)).body.code).toBe('message_not_found');
  });
});

describe('A subscribe message', () => {
  const ours = shared(build);

  const messages = `${demoProgram}/subscribe-messages`;
  const once = 'simulator-subscribe-once-000000000000000003';
  const wanted = async (house: TalkingHouse, more: Record<string, unknown> = {}) => ({
    touser: await house.openid('lilei', demoProgram),
    template_id: once,
    data: { number1: { value: 17 }, thing2: { value: '一号店' } },
    ...more,
  });

  it('of a mini program uses up the consent, and is delivered', async () => {
    const house = await build();
    await house.act('lilei', 'subscribe-message', { appid: demoProgram, template_id: once });

    const first = await house.ask(messages, { body: await wanted(house, { page: 'pages/shop/shop?id=1' }) });
    const second = await house.ask(messages, { body: await wanted(house) });

    expect(first.status).toBe(201);
    expect([second.status, second.body.wechat]).toEqual([422, expect.objectContaining({ errcode: 43101 })]);
    await until(
      () => statusOf(house, messages, first.body.id),
      (seen) => seen === 'delivered',
    );
  });

  it('of an account goes by the other call', async () => {
    const house = await build();
    await house.act('lilei', 'subscribe-message', { template_id: shipped });

    const { status } = await house.ask(`${demoApp}/subscribe-messages`, { body: await templateTo(house, 'lilei') });

    expect(status).toBe(201);
    expect(await house.wechat.calls('/cgi-bin/message/subscribe/bizsend')).toBe(1);
  });

  it('stays sent where WeChat tells no msgid', async () => {
    const house = await build();
    await house.switch({ subscribe_send_tells_msgid: false });
    await house.act('lilei', 'subscribe-message', { appid: demoProgram, template_id: once });

    const { status, body } = await house.ask(messages, { body: await wanted(house) });

    expect([status, body.msgid]).toEqual([201, null]);
    expect(await statusOf(house, messages, body.id)).toBe('sent');
  });

  it.each([
    [{ page: 'pages/none' }, 422],
    [{ miniprogram: { appid: demoProgram } }, 400],
    [{ miniprogram_state: 'best' }, 400],
  ])('with %j is refused with %i', async (more, status) => {
    const house = ours();
    await house.act('lilei', 'subscribe-message', { appid: demoProgram, template_id: once });

    expect((await house.ask(messages, { body: await wanted(house, more) })).status).toBe(status);
  });

  it('whose outcome is unknown is never sent again under its key', async () => {
    const house = await build();
    for (let i = 0; i < 2; i++) await house.act('lilei', 'subscribe-message', { appid: demoProgram, template_id: once });
    const question = { body: await wanted(house), headers: { 'idempotency-key': 'order-1' } };
    await house.wechat.fault({ path: '/cgi-bin/message/subscribe/send', kind: 'reset_after' });

    const [lost, again] = [await house.ask(messages, question), await house.ask(messages, question)];

    expect([lost.status, lost.body.code]).toEqual([504, 'outcome_unknown']);
    expect([again.status, again.body.code, again.body.id]).toEqual([409, 'send_not_repeated', lost.body.id]);
    expect(await house.inbox('lilei', demoProgram)).toHaveLength(1);
  });
});

describe('A customer-service message', () => {
  const ours = shared(build);

  const messages = `${demoApp}/customer-messages`;
  const text = async (house: TalkingHouse) => ({
    touser: await house.openid('lilei'),
    msgtype: 'text',
    text: { content: '您好' },
  });

  it('answers a person who wrote, five times, and then tells of the rule', async () => {
    const house = await build();
    const before = await house.ask(messages, { body: await text(house) });
    await house.act('lilei', 'say', { text: 'hello' });

    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await house.ask(messages, { body: await text(house) })).status);
    const sixth = await house.ask(messages, { body: await text(house) });

    expect(before.body.wechat).toMatchObject({ errcode: 45015, hint: expect.stringContaining('48 hours') });
    expect(statuses).toEqual([201, 201, 201, 201, 201]);
    expect([sixth.status, sixth.body.wechat]).toEqual([
      422,
      expect.objectContaining({ errcode: 45047, hint: expect.stringContaining('five to a message') }),
    ]);
  });

  it('may be of every type', async () => {
    const house = await build();
    const touser = await house.openid('lilei');
    const contents: [string, object][] = [
      ['text', { content: 'a' }],
      ['image', { media_id: 'simulator-image' }],
      ['voice', { media_id: 'simulator-voice' }],
      ['video', { media_id: 'simulator-video', thumb_media_id: 'simulator-thumb' }],
      ['music', { musicurl: 'https://example.com/a.mp3', thumb_media_id: 'simulator-thumb', title: 'a' }],
      ['news', { articles: [{ title: 'a', description: 'b', url: 'https://example.com/', picurl: '' }] }],
      ['mpnews', { media_id: 'simulator-news' }],
      ['mpnewsarticle', { article_id: 'ARTICLE' }],
      ['msgmenu', { head_content: 'a', list: [{ id: '1', content: 'yes' }], tail_content: 'b' }],
      ['wxcard', { card_id: 'CARD' }],
      ['miniprogrampage', { title: 'a', appid: demoProgram, pagepath: 'pages/index/index', thumb_media_id: 'simulator-thumb' }],
    ];

    for (const [msgtype, content] of contents) {
      await house.act('lilei', 'say', { text: 'hello' });
      const body = { touser, msgtype, [msgtype]: content, customservice: { kf_account: 'anna@shop' } };
      expect([msgtype, (await house.ask(messages, { body })).status]).toEqual([msgtype, 201]);
    }

    expect((await house.inbox('lilei')).map(({ body }) => body)).toEqual(
      contents.map(([msgtype, content]) => ({ touser, msgtype, [msgtype]: content, customservice: { kf_account: 'anna@shop' } })),
    );
  });

  it('of a mini program may be a link', async () => {
    const house = ours();
    await house.act('lilei', 'say', { appid: demoProgram, text: 'hello' });
    const touser = await house.openid('lilei', demoProgram);

    const { status } = await house.ask(`${demoProgram}/customer-messages`, {
      body: { touser, msgtype: 'link', link: { title: 'a', url: 'https://example.com/' } },
    });

    expect(status).toBe(201);
  });

  it('is refused here for its form, with the name of the field', async () => {
    const house = ours();
    const before = await house.wechat.calls(customPath);
    const touser = await house.openid('lilei');
    const wrong: [object, string][] = [
      [{ msgtype: 'text' }, 'text'],
      [{ msgtype: 'text', text: { content: '字'.repeat(683) } }, 'text.content'],
      [{ msgtype: 'image', image: {} }, 'image.media_id'],
      [{ msgtype: 'news', news: { articles: [{ title: 'a' }, { title: 'b' }] } }, 'news.articles'],
      [{ msgtype: 'msgmenu', msgmenu: { list: [{ id: '1' }] } }, 'msgmenu.list.0.content'],
      [{ msgtype: 'text', text: { content: 'a' }, image: { media_id: 'b' } }, 'image'],
      [{ msgtype: 'text', text: { content: 'a', colour: 'red' } }, 'text.colour'],
    ];

    for (const [message, path] of wrong) {
      const { status, body } = await house.ask(messages, { body: { touser, ...message } });
      expect([message, status, body.errors]).toEqual([message, 400, [expect.objectContaining({ path })]]);
    }
    expect((await house.wechat.calls(customPath)) - before).toBe(0);
  });

  it('to somebody who blocks the account is refused', async () => {
    const house = await build();
    await house.act('lilei', 'say', { text: 'hello' });
    await house.wechat.control('PATCH', '/people/lilei', { refuses_messages: true });

    expect((await house.ask(messages, { body: await text(house) })).body.wechat).toMatchObject({ errcode: 48002 });
  });

  it('that could not be sent for want of a token is in no doubt, and sent under the same key', async () => {
    const house = await build();
    await house.act('lilei', 'say', { text: 'hello' });
    const question = { body: await text(house), headers: { 'idempotency-key': 'greeting' } };
    await house.wechat.fault({ path: '/cgi-bin/stable_token', kind: 'reset_after' });

    const failed = await house.ask(messages, question);
    await house.gateway.database.query('DELETE FROM credential');
    const sent = await house.ask(messages, question);

    expect([failed.status, failed.body.code]).toEqual([503, 'wechat_unreachable']);
    expect(sent.status).toBe(201);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });

  it('that never reached WeChat may be sent under the same key', async () => {
    const house = await build();
    await house.act('lilei', 'say', { text: 'hello' });
    const question = { body: await text(house), headers: { 'idempotency-key': 'greeting' } };
    await house.wechat.fault({ path: customPath, kind: 'errcode', errcode: -1, count: 3 });

    const busy = await house.ask(messages, question);
    const sent = await house.ask(messages, question);
    const repeated = await house.ask(messages, question);

    expect([busy.status, busy.body.code]).toEqual([503, 'wechat_busy']);
    expect(sent.status).toBe(201);
    expect([repeated.body, repeated.headers.get('idempotency-replayed')]).toEqual([sent.body, 'true']);
    expect(await house.inbox('lilei')).toHaveLength(1);
  });
});

describe('Templates', () => {
  const ours = shared(build);

  it('are listed with the names of their values', async () => {
    const house = ours();

    const { body } = await house.ask(`${demoApp}/templates`);

    expect((body.items as unknown[])[0]).toMatchObject({
      template_id: shipped,
      kind: 'template',
      fields: ['character_string1', 'thing2', 'time3'],
      consent: null,
    });
  });

  it('of a mini program are those of subscribe messages', async () => {
    const house = ours();

    const { body } = await house.ask(`${demoProgram}/templates`);

    expect((body.items as { kind: string; consent: string }[]).map(({ kind, consent }) => [kind, consent])).toEqual([
      ['subscribe', 'once'],
      ['subscribe', 'long_term'],
    ]);
  });
});

describe('A menu', () => {
  const ours = shared(build);

  const menu = `${demoApp}/menu`;
  const button = [
    { type: 'click', name: '帮助', key: 'HELP' },
    { name: '更多', sub_button: [{ type: 'view', name: '商店', url: 'https://example.com/' }] },
  ];

  it('is put, read and taken away', async () => {
    const house = ours();

    const none = await house.ask(menu);
    const put = await house.ask(menu, { method: 'PUT', body: { button } });
    const read = await house.ask(menu);
    const removed = await house.ask(menu, { method: 'DELETE' });

    expect([none.status, none.body.code]).toEqual([404, 'menu_not_found']);
    expect([put.status, put.body]).toEqual([200, { button }]);
    expect(read.body).toEqual({ button });
    expect(removed.status).toBe(204);
    expect((await house.ask(menu)).status).toBe(404);
  });

  it('is refused for every fault at once, before WeChat is asked', async () => {
    const house = ours();
    const before = await house.wechat.calls('/cgi-bin/menu/create');
    const bad = [
      { type: 'click', name: '一二三四五六' },
      { type: 'dance', name: 'a' },
      {
        name: 'b',
        sub_button: [
          { type: 'view', name: 'c', url: 'x'.repeat(1_025) },
          { name: 'd', sub_button: [{}] },
        ],
      },
    ];

    const { status, body } = await house.ask(menu, { method: 'PUT', body: { button: bad } });

    expect(status).toBe(400);
    expect((body.errors as { path: string }[]).map(({ path }) => path)).toEqual([
      'button.0.name',
      'button.0.key',
      'button.1.type',
      'button.2.sub_button.0.url',
      'button.2.sub_button.1.sub_button',
    ]);
    expect((await house.wechat.calls('/cgi-bin/menu/create')) - before).toBe(0);
  });

  it('is for accounts that may have one', async () => {
    const house = ours();

    const { status, body } = await house.ask(`${demoProgram}/menu`);

    expect([status, body.code]).toEqual([502, 'app_needs_attention']);
  });
});
