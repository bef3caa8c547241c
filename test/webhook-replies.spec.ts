import { describe, expect, it } from '@jest/globals';
import { MessageEnvelope } from '#wechat-crypto';
import { callbackToken, encodingAesKey, signedPush, textPush } from './support/pusher.js';
import { Receiver } from './support/receiver.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';
import { demoApp } from './support/wechat.js';

const json = { 'content-type': 'application/json' };
const says = (receiver: Receiver, reply: unknown, status = 200): void => receiver.answers(status, json, JSON.stringify(reply));
const textOf = (reply: string): string | undefined => /<Content><!\[CDATA\[(.*?)\]\]>/.exec(reply)?.[1];

describe('A service that may answer', () => {
  it('answers the push itself, in the shape of the rules, and a repeat hears the same', async () => {
    const house = await WebhookHouse.build();
    const { receiver, id } = await house.webhook({ reply: true });
    says(receiver, { type: 'text', content: '你好' });
    const push = textPush('hi');

    const first = await house.push(push);
    says(receiver, { type: 'text', content: 'something else' });
    const again = await house.push(push, { to: await house.gateway.twin() });

    expect(first).toContain('<ToUserName><![CDATA[oSomebody]]></ToUserName>');
    expect([textOf(first), textOf(again)]).toEqual(['你好', '你好']);
    await house.delivered(1);
    expect(receiver.received).toHaveLength(1);
    expect((await house.ask(`/webhooks/${id}/attempts`)).body.items).toMatchObject([{ status: 200, delivery: 'delivered' }]);
    says(receiver, {
      type: 'news',
      articles: [{ title: 'a', description: '', pic_url: 'https://a.example/p', url: 'https://a.example' }],
    });
    expect(await house.push(textPush('b'))).toContain('<ArticleCount>1</ArticleCount>');
    says(receiver, { type: 'text', text: 'also' });
    expect(textOf(await house.push(textPush('c')))).toBe('also');
  });

  it('is answered for in the sealed form when the push was sealed', async () => {
    const house = await WebhookHouse.build({ callback: { token: callbackToken, encoding_aes_key: encodingAesKey } });
    const { receiver } = await house.webhook({ reply: true });
    says(receiver, { type: 'text', content: 'sealed' });

    const answer = await house.push(textPush('hi'), { isSealed: true });

    const encrypted = /<Encrypt><!\[CDATA\[(.+?)\]\]>/.exec(answer)?.[1] ?? '';
    expect(textOf(new MessageEnvelope({ encodingAesKey, receiveId: appid }).open(encrypted).message)).toBe('sealed');
  });

  it('is the oldest whose filter fits; the others are told and not asked', async () => {
    const house = await WebhookHouse.build();
    const unfit = await house.webhook({ reply: true, types: ['event.*'] });
    const oldest = await house.webhook({ reply: true });
    const younger = await house.webhook({ reply: true, appids: '*' });
    const listener = await house.webhook();
    for (const { receiver, id } of [unfit, oldest, younger, listener]) says(receiver, { type: 'text', content: id });

    const answer = await house.push(textPush('hi'));
    await house.delivered(3);

    expect(textOf(answer)).toBe(oldest.id);
    expect([unfit, oldest, younger, listener].map(({ receiver }) => receiver.received.length)).toEqual([0, 1, 1, 1]);
  });

  it('says nothing by 204, by nothing, or by what is no reply', async () => {
    const house = await WebhookHouse.build();
    const { receiver } = await house.webhook({ reply: true });
    const answers: [number, string][] = [
      [204, ''],
      [200, ''],
      [200, 'ok'],
      [200, '{}'],
      [200, '{'],
      [200, '{"type":"text"}'],
      [200, '{"type":"text","content":7}'],
      [200, `{"type":"text","content":"${'x'.repeat(601)}"}`],
      [200, '{"type":"relayed","document":"<xml/>"}'],
      [500, '{"type":"text","content":"no"}'],
      [302, '{"type":"text","content":"no"}'],
    ];

    for (const [status, body] of answers) {
      receiver.answers(status, json, body);
      expect([status, body, await house.push(textPush('hi'))]).toEqual([status, body, 'success']);
    }
    expect((await house.gateway.ask('/metrics')).text).toContain('wx_webhook_replies_total{result="unreadable"} 6');
  });

  it('comes after the rules of the app, and is told at once all the same', async () => {
    const house = await WebhookHouse.build();
    const { receiver } = await house.webhook({ reply: true });
    says(receiver, { type: 'text', content: 'service' });
    const rules = [{ when: { keyword: 'hours' }, reply: { type: 'text', content: 'rule' } }];
    await house.gateway.admin(`/apps/${appid}/reply-rules`, { method: 'PUT', body: { rules } });

    expect(textOf(await house.push(textPush('hours')))).toBe('rule');
    await receiver.gets(1);
    expect(textOf(await house.push(textPush('other')))).toBe('service');
  });

  it('that does not answer costs the person no more than the budget, and is told again', async () => {
    const house = await WebhookHouse.build({ env: { REPLY_BUDGET_MILLISECONDS: '200' } });
    const { receiver } = await house.webhook({ reply: true });
    receiver.does((_, reply) => void reply.destroy());
    expect(await house.push(textPush('a'))).toBe('success');
    await until(
      () => house.deliveries(),
      ([delivery]) => delivery?.step === 1,
    );

    says(receiver, { type: 'text', content: 'too late for anybody' });
    await house.passes(10);

    await house.delivered(1);
  });

  it('is told by another gateway when the one that received the push died', async () => {
    const house = await WebhookHouse.build();
    const { receiver } = await house.webhook({ reply: true });
    // As that gateway left it: committed, and not asked.
    await house.gateway.database.query(
      `INSERT INTO event (id, appid, type, dedupe_key, is_decided) VALUES ('evt_0000000000000000000000', $1, 'message.text', 'k', false)`,
      [appid],
    );
    expect((await house.deliveries())[0]?.wait).toBeGreaterThan(0);

    await house.passes(5);

    expect(await receiver.gets(1)).toHaveLength(1);
  });
});

describe('An answer that comes too late', () => {
  const scopes = ['webhooks', 'events:read', 'messages:send'];
  const register = async (house: TalkingHouse, receiver: Receiver): Promise<void> => {
    const { status, text } = await house.gateway.ask('/v1/webhooks', {
      method: 'POST',
      key: house.key,
      body: { url: receiver.url, appids: '*', types: ['message.text'], reply: true },
    });
    if (status !== 201) throw new Error(text);
  };

  it('reaches the person as a message of its own, once', async () => {
    const env = { WEBHOOK_ALLOW: '127.0.0.0/8', REPLY_BUDGET_MILLISECONDS: '200' };
    const house = await TalkingHouse.build({ scopes, env });
    const receiver = await Receiver.start();
    await register(house, receiver);
    let answer = (): void => undefined;
    receiver.does((_, reply) => (answer = () => void reply.writeHead(200, json).end('{"type":"text","content":"at last"}')));

    const push = await house.act<{ state: string }>('xiaoming', 'say', { text: 'hi' });
    expect(push.state).toBe('delivered');
    await receiver.gets(1);
    answer();

    const inbox = await until(
      () => house.inbox('xiaoming'),
      (messages) => messages.length > 0,
    );
    expect(inbox).toMatchObject([{ body: { msgtype: 'text', text: { content: 'at last' } } }]);
    expect(await house.wechat.calls('/cgi-bin/message/custom/send', demoApp)).toBe(1);
  });

  it('is the way of a mini program, which can be answered in no other', async () => {
    const house = await TalkingHouse.build({ scopes, env: { WEBHOOK_ALLOW: '127.0.0.0/8' } });
    const receiver = await Receiver.start();
    await register(house, receiver);
    says(receiver, { type: 'text', content: 'in a message' });

    const { query, body } = signedPush(textPush('hi', await house.openid('xiaoming', demoProgram)), {
      appid: demoProgram,
      ...(await secretsOf(house)),
      isSealed: true,
    });
    const answer = await house.gateway.ask(`/callbacks/${demoProgram}?${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml' },
    });

    expect(answer.text).toBe('success');
    await until(
      () => house.wechat.calls('/cgi-bin/message/custom/send', demoProgram),
      (calls) => calls === 1,
    );
  });

  async function secretsOf({ wechat }: TalkingHouse): Promise<{ token: string; aesKey: string }> {
    const app = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>('GET', `/apps/${demoProgram}`);
    return { token: app.callback.token, aesKey: app.callback.encoding_aes_key };
  }
});
