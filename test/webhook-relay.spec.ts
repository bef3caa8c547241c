import { describe, expect, it } from '@jest/globals';
import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { Framework } from './support/framework.js';
import { callbackToken, encodingAesKey, eventPush, textPush } from './support/pusher.js';
import { TalkingHouse } from './support/talking-house.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';
import { demoApp } from './support/wechat.js';

interface Relay {
  readonly id: string;
  readonly token: string;
  readonly encoding_aes_key: string;
}

async function relayTo(framework: Framework, house: WebhookHouse, more: Record<string, unknown> = {}): Promise<Relay> {
  const order = { url: `${framework.url}/weixin?shop=7`, appids: [appid], types: '*', format: 'wechat', ...more };
  const { status, text, body } = await house.ask('/webhooks', 'POST', order);
  if (status !== 201) throw new Error(text);
  const relay = body as unknown as Relay;
  const { token, encoding_aes_key: encodingAESKey } = { ...relay, ...more };
  framework.setUp({ token, appid, encodingAESKey });
  return relay;
}

const textOf = (reply: string): string | undefined => /<Content><!\[CDATA\[(.*?)\]\]>/.exec(reply)?.[1];
const unsealed = (answer: string): string =>
  new MessageEnvelope({ encodingAesKey, receiveId: appid }).open(/<Encrypt><!\[CDATA\[(.+?)\]\]>/.exec(answer)?.[1] ?? '')
    .message;

describe('A framework behind the relay', () => {
  it.each([
    ['plain', false],
    ['sealed', true],
  ])('takes %s pushes as if they came from WeChat, and what it replies reaches the person', async (_, isSealed) => {
    const house = await WebhookHouse.build();
    const framework = await Framework.start();
    const { token } = await relayTo(framework, house);
    framework.handler = ({ Content }, response) => response.reply(`you said ${String(Content)}`);
    const push = textPush('你好 & <b>');

    const answer = await house.push(push, { isSealed });
    const again = await house.push(push, { isSealed });

    const [clear, repeated] = [answer, again].map((one) => (isSealed ? unsealed(one) : one));
    expect(textOf(clear ?? '')).toBe('you said 你好 & <b>');
    expect(repeated).toBe(clear);
    expect(clear).toContain('<ToUserName><![CDATA[oSomebody]]></ToUserName>');
    expect(framework.messages).toMatchObject([{ Content: '你好 & <b>', FromUserName: 'oSomebody', MsgType: 'text' }]);
    const [{ url, body } = { url: '', body: '' }] = framework.requests;
    const query = new URL(url).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({ shop: '7', openid: 'oSomebody' });
    expect(query.get('signature')).toBe(sortedSha1([token, query.get('timestamp') ?? '', query.get('nonce') ?? '']));
    expect(query.has('msg_signature')).toBe(isSealed);
    // To the byte, where it is not sealed anew.
    if (!isSealed) expect(body).toBe(push);
    else expect(body).not.toContain('你好');
  });

  it('refuses what was tampered with, and what is signed with the token at WeChat', async () => {
    const house = await WebhookHouse.build();
    const framework = await Framework.start();
    await relayTo(framework, house);
    await house.push(textPush('a'), { isSealed: true });
    const [{ url, body } = { url: '', body: '' }] = framework.requests;
    const post = (to: string, text: string) => fetch(to, { method: 'POST', body: text }).then(({ status }) => status);

    expect(await post(url, body)).toBe(200);
    expect(
      await post(
        url,
        body.replace(/(Encrypt><!\[CDATA\[.{30})(.)/, (_, kept: string, one: string) => `${kept}${one === 'A' ? 'B' : 'A'}`),
      ),
    ).toBe(401);
    expect(await post(url.replace(/nonce=[^&]/, 'nonce=_'), body)).toBe(401);
    expect(await post(url.replace(/msg_signature=./, 'msg_signature=x'), body)).toBe(401);
    framework.setUp({ token: callbackToken, appid, encodingAESKey: encodingAesKey });
    expect(await post(url, body)).toBe(401);
    expect(framework.messages).toHaveLength(2);
  });

  it('is set up with secrets of its own or those it has already, which are kept sealed', async () => {
    const house = await WebhookHouse.build();
    const framework = await Framework.start();
    const own = { token: 'OwnToken', encoding_aes_key: 'OwnKeyOwnKeyOwnKeyOwnKeyOwnKeyOwnKeyOwnKey0' };
    const made = await relayTo(framework, house);
    expect(made.token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(made.encoding_aes_key).toMatch(/^[A-Za-z0-9]{43}$/);
    const given = await relayTo(framework, house, own);
    // Who gave them knows them.
    expect(given).not.toHaveProperty('token');
    expect(given).not.toHaveProperty('encoding_aes_key');
    await house.push(textPush('a'), { isSealed: true });
    await until(
      () => framework.messages.length,
      (count) => count >= 1,
    );

    const shown = (await house.ask(`/webhooks/${given.id}`)).text;
    const kept = JSON.stringify(await house.gateway.database.query('SELECT * FROM webhook'));
    for (const secret of [own.token, own.encoding_aes_key, made.token, made.encoding_aes_key])
      for (const place of [shown, kept, house.gateway.logged.join('')]) expect(place).not.toContain(secret);
    const order = { url: framework.url, appids: [appid], types: '*' };
    for (const wrong of [{ token: 'a' }, { format: 'wechat', encoding_aes_key: 'short' }, { ...own }, { format: 'xml' }])
      expect((await house.ask('/webhooks', 'POST', { ...order, ...wrong })).body.code).toBe('validation_failed');
  });

  it('is tried as WeChat tries it, and again after its secrets changed', async () => {
    const house = await WebhookHouse.build();
    const framework = await Framework.start();
    const { id, token } = await relayTo(framework, house);
    const trial = async () => (await house.ask(`/webhooks/${id}/test`, 'POST')).body;
    expect(await trial()).toMatchObject({ delivered: true, status: 200 });

    const { body } = await house.ask(`/webhooks/${id}/rotate`, 'POST', { token: 'FreshToken' });
    expect(body).not.toHaveProperty('token');
    expect(await trial()).toMatchObject({ delivered: false, status: 401 });
    framework.setUp({ token: 'FreshToken', appid, encodingAESKey: String(body.encoding_aes_key) });

    expect(await trial()).toMatchObject({ delivered: true });
    expect(token).not.toBe('FreshToken');
  });

  it('gets a push again when it was away, in the form that the app has', async () => {
    const house = await WebhookHouse.build({ callback: { token: callbackToken, encoding_aes_key: encodingAesKey } });
    const framework = await Framework.start();
    const { id } = await relayTo(framework, house);
    framework.setUp({ token: 'Wrong', appid, encodingAESKey: encodingAesKey });
    expect(await house.push(eventPush('subscribe'), { isSealed: true })).toBe('success');
    const attempts = async () => (await house.ask(`/webhooks/${id}/attempts`)).body.items as unknown[];
    await until(attempts, (items) => items.length === 1);
    const { body } = await house.ask(`/webhooks/${id}/rotate`, 'POST', { token: 'Right' });
    framework.setUp({ token: 'Right', appid, encodingAESKey: String(body.encoding_aes_key) });

    await house.passes(10);

    await house.delivered(1);
    expect(framework.messages).toMatchObject([{ Event: 'subscribe' }]);
  });

  it('says nothing by nothing, and is not believed when its reply is none', async () => {
    const house = await WebhookHouse.build();
    const framework = await Framework.start();
    const { token } = await relayTo(framework, house);
    const seal = (text: string, key: string, id = appid): string => {
      const encrypted = new MessageEnvelope({ encodingAesKey: key, receiveId: id }).seal(text);
      const signature = sortedSha1([token, '1', '2', encrypted]);
      return `<xml><Encrypt>${encrypted}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>`;
    };
    const answers = [
      '',
      'success',
      'oops',
      '<xml><a/></xml>',
      '{"MsgType":"text"',
      seal('<xml/>', encodingAesKey),
      '<!DOCTYPE a><xml/>',
    ];

    for (const text of answers) {
      framework.handler = (_, response) => void response.writeHead(200).end(text);
      expect([text, await house.push(textPush('a'))]).toEqual([text, 'success']);
    }
  });
});

it('What a framework says to a real account is what the person reads', async () => {
  const house = await TalkingHouse.build({
    scopes: ['webhooks', 'events:read', 'messages:send'],
    env: { WEBHOOK_ALLOW: '127.0.0.0/8' },
  });
  const framework = await Framework.start();
  const { status, body } = await house.gateway.ask('/v1/webhooks', {
    method: 'POST',
    key: house.key,
    body: { url: framework.url, appids: [demoApp], types: '*', format: 'wechat' },
  });
  expect(status).toBe(201);
  framework.setUp({ token: String(body.token), appid: demoApp, encodingAESKey: String(body.encoding_aes_key) });
  framework.handler = ({ Content }, response) => response.reply(`echo ${String(Content)}`);

  const push = await house.act<{ state: string }>('xiaoming', 'say', { text: 'hi' });

  expect(push).toMatchObject({ state: 'delivered' });
  expect(JSON.stringify(push)).toContain('echo hi');
});
