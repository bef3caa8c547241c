import { MessageEnvelope, signatureIsGood, sortedSha1 } from '#wechat-crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { type Body, Driver, miniProgram, officialAccount } from '../test/driver.js';
import { type Received, Receiver } from '../test/receiver.js';
import { messageJson, messageXml } from './push-message.js';

const { appid, originalId } = officialAccount;
const token = 'SimulatorToken01';
const aesKey = 'SimulatorOnlyNotARealKey01SimulatorOnlyNotA';
const envelope = new MessageEnvelope({ encodingAesKey: aesKey, receiveId: appid });

let wechat: Driver;
let receiver: Receiver;

beforeAll(async () => {
  wechat = await Driver.start();
});
afterAll(() => wechat.close());
beforeEach(async () => {
  await wechat.reset();
  receiver = await Receiver.start();
});
afterEach(() => receiver.close());

const configure = (more: object, app = appid) =>
  wechat.control('PUT', `/_sim/apps/${app}/callback`, { url: receiver.url, ...more });
const say = (text: string) => wechat.control('POST', '/_sim/people/xiaoming/say', { appid, text });
const outcomes = (push: Body) => (push['attempts'] as { outcome: string }[]).map(({ outcome }) => outcome);
const read = (xml: string) =>
  parseStringPromise(xml, { explicitArray: false, explicitRoot: false }) as Promise<Record<string, string>>;

function signed({ url }: Received, ...parts: string[]): boolean {
  const of = (name: string) => url.searchParams.get(name) ?? '';
  const name = parts.length > 0 ? 'msg_signature' : 'signature';
  return signatureIsGood(of(name), [token, of('timestamp'), of('nonce'), ...parts]);
}

function first(): Received {
  const [push] = receiver.pushes;
  if (!push) throw new Error('nothing was pushed');
  return push;
}

describe('configuring a callback', () => {
  it('asks the URL to prove itself', async () => {
    await configure({ mode: 'plain' });

    expect(receiver.received[0]).toMatchObject({ method: 'GET', body: '' });
    expect([...(receiver.received[0]?.url.searchParams.keys() ?? [])]).toEqual(['signature', 'timestamp', 'nonce', 'echostr']);
    expect(receiver.received[0] && signed(receiver.received[0])).toBe(true);
  });

  it('refuses a URL that does not, and keeps the former settings', async () => {
    const refused = await configure({ url: `${wechat.url}/nothing` });

    expect(refused['error']).toMatchObject({ code: 'verification_failed' });
    expect(await wechat.control('GET', `/_sim/apps/${appid}`)).toMatchObject({ callback: { url: null } });
    expect((await configure({ url: 'http://127.0.0.1:9/' }))['error']).toMatchObject({ code: 'verification_failed' });
    expect((await configure({ url: 'nonsense', verify: false }))['error']).toMatchObject({ code: 'bad_url' });
    expect((await configure({ url: 'ftp://127.0.0.1/', verify: false }))['error']).toMatchObject({ code: 'bad_url' });
    expect((await configure({ format: 'json' }))['error']).toMatchObject({ code: 'xml_only' });
  });
});

describe('a push', () => {
  it('in plain mode is clear, signed, and laid out as real ones are', async () => {
    await configure({ mode: 'plain' });

    const push = await say('你好 ]]> <b>');

    expect([...first().url.searchParams.keys()]).toEqual(['signature', 'timestamp', 'nonce', 'openid']);
    expect(signed(first())).toBe(true);
    expect(first().headers).toMatchObject({ 'user-agent': 'Mozilla/4.0', 'content-type': 'text/xml' });
    expect(first().body).toMatch(
      /^<xml><ToUserName><!\[CDATA\[gh_decade000001\]\]><\/ToUserName>\n<FromUserName>.*\n<CreateTime>\d+<\/CreateTime>\n/,
    );
    expect(await read(first().body)).toMatchObject({
      MsgType: 'text',
      Content: '你好 ]]> <b>',
      MsgId: expect.stringMatching(/^\d{17}$/),
    });
    expect([push['state'], outcomes(push)]).toEqual(['delivered', ['success']]);
  });

  it('in safe mode says whom it is for and no more', async () => {
    await configure({ mode: 'safe' });
    await say('secret');
    const outer = await read(first().body);

    expect([...first().url.searchParams.keys()]).toEqual([
      'signature',
      'timestamp',
      'nonce',
      'openid',
      'encrypt_type',
      'msg_signature',
    ]);
    expect(Object.keys(outer)).toEqual(['ToUserName', 'Encrypt']);
    expect(signed(first(), outer['Encrypt'] ?? '')).toBe(true);
    expect(envelope.open(outer['Encrypt'] ?? '').message).toContain('<Content><![CDATA[secret]]></Content>');
  });

  it('in compatible mode is both', async () => {
    await configure({ mode: 'compatible' });
    await say('both');
    const outer = await read(first().body);

    expect(outer['Content']).toBe('both');
    expect(envelope.open(outer['Encrypt'] ?? '').message).toContain('both');
  });

  it('to a mini program can be JSON, with ids over 2^53 whole', async () => {
    await configure({ mode: 'plain', format: 'json' }, miniProgram.appid);
    await wechat.control('POST', '/_sim/people/lilei/say', { appid: miniProgram.appid, text: 'a/b' });

    expect(first().headers['content-type']).toBe('application/json');
    expect(first().body).toMatch(/"MsgType":"text","Content":"a\/b","MsgId":\d{17}\}$/);
  });

  it.each([
    ['list', { List: [{ TemplateId: 't' }] }],
    ['array', [{ TemplateId: 't' }]],
    ['single', { List: { TemplateId: 't' } }],
  ])('of a subscribe-message event has the JSON form %s', async (form, expected) => {
    await configure({ mode: 'plain', format: 'json' }, miniProgram.appid);
    await wechat.control('PATCH', '/_sim/switches', { subscribe_event_json: form });
    const fields = { SubscribeMsgPopupEvent: { List: [{ TemplateId: 't' }] } };
    await wechat.control('POST', `/_sim/apps/${miniProgram.appid}/events`, {
      event: 'subscribe_msg_popup_event',
      person: 'lilei',
      fields,
    });

    const pushed = JSON.parse(first().body) as Body;

    expect(pushed['SubscribeMsgPopupEvent']).toEqual(expected);
    expect(pushed['CreateTime']).toMatch(/^\d{10}$/);
  });

  it('is tried three times, each signed anew, when nobody answers in time', async () => {
    await configure({ mode: 'plain' });
    await wechat.control('PATCH', '/_sim/switches', { push_deadline_ms: 100 });
    receiver.reaction = () => undefined;

    const push = await say('slow');

    expect([push['state'], outcomes(push)]).toEqual(['failed', ['timeout', 'timeout', 'timeout']]);
    const attempts = push['attempts'] as { url: string; request_body: string }[];
    expect(new Set(attempts.map(({ url }) => new URL(url).searchParams.get('nonce'))).size).toBe(3);
    expect(new Set(attempts.map(({ request_body }) => request_body)).size).toBe(1);
  });

  it('stops when a repeat is answered', async () => {
    await configure({ mode: 'plain' });
    receiver.reaction = (_received, response) =>
      void (receiver.pushes.length === 2 ? response.end('') : response.writeHead(500).end());

    expect(outcomes(await say('again'))).toEqual(['status', 'empty']);
  });

  it('does not follow redirects, and repeats an error status only if the switch says so', async () => {
    await configure({ mode: 'plain' });
    await wechat.control('PATCH', '/_sim/switches', { push_retries_error_status: false });
    receiver.reaction = (_received, response) => void response.writeHead(302, { location: '/elsewhere' }).end();

    expect(outcomes(await say('moved'))).toEqual(['status']);
    expect(receiver.pushes).toHaveLength(1);
  });

  it('fails when nothing listens, and says so', async () => {
    await configure({ mode: 'plain', url: 'http://127.0.0.1:9/', verify: false });

    expect(outcomes(await say('hello?'))).toEqual(['no_connection', 'no_connection', 'no_connection']);
  });

  it('goes nowhere when no callback is set', async () => {
    expect(await say('hello?')).toMatchObject({ state: 'no_callback', attempts: [] });
  });
});

describe('a reply', () => {
  const reply = (fields: Record<string, string | number>) =>
    messageXml({
      ToUserName: String(receiver.pushes[0]?.url.searchParams.get('openid')),
      FromUserName: originalId,
      CreateTime: 1,
      MsgType: 'text',
      ...fields,
    });
  const answer = (make: () => string) => {
    receiver.reaction = (_received, response) => void response.end(make());
  };
  const sealed = (xml: string, change: Record<string, string | number> = {}) => {
    const Encrypt = envelope.seal(xml);
    return messageXml({ Encrypt, MsgSignature: sortedSha1([token, '5', 'n', Encrypt]), TimeStamp: 5, Nonce: 'n', ...change });
  };

  it('is read and kept', async () => {
    await configure({ mode: 'plain' });
    answer(() => reply({ Content: '收到' }));

    expect(await say('hi')).toMatchObject({ state: 'delivered', reply: { Content: '收到' } });
    const chat = (await wechat.control('GET', `/_sim/people/xiaoming/chat?appid=${appid}`)) as unknown as Body[];
    expect(chat).toHaveLength(1);
    expect(chat[0]).toMatchObject({ reply: { Content: '收到' } });
  });

  it('is decrypted and its signature checked in safe mode', async () => {
    await configure({ mode: 'safe' });
    answer(() => sealed(reply({ Content: 'sealed' })));

    expect(await say('hi')).toMatchObject({ state: 'delivered', reply: { Content: 'sealed' } });
  });

  it.each([
    ['is neither XML nor JSON', 'plain', () => 'hello', /neither success/],
    ['has a DTD', 'plain', () => '<!DOCTYPE x><xml/>', /DTD|neither/],
    ['is for someone else', 'plain', () => reply({ ToUserName: 'oOther' }), /ToUserName/],
    ['is from someone else', 'plain', () => reply({ FromUserName: 'gh_other' }), /FromUserName/],
    ['has no time', 'plain', () => reply({ CreateTime: 'now' }), /CreateTime/],
    ['is of a type that cannot be a reply', 'plain', () => reply({ MsgType: 'link' }), /MsgType/],
    ['is clear in safe mode', 'safe', () => reply({ Content: 'x' }), /clear reply/],
    ['is encrypted in plain mode', 'plain', () => sealed(reply({ Content: 'x' })), /encrypted reply/],
    ['is signed wrongly', 'safe', () => sealed(reply({ Content: 'x' }), { Nonce: 'other' }), /MsgSignature/],
    [
      'is for another app',
      'safe',
      () => {
        const Encrypt = new MessageEnvelope({ encodingAesKey: aesKey, receiveId: 'wx0' }).seal('x');
        return sealed('', { Encrypt, MsgSignature: sortedSha1([token, '5', 'n', Encrypt]) });
      },
      /bad-receive-id/,
    ],
  ])('is bad, and not asked for again, when it %s', async (_what, mode, make, problem) => {
    await configure({ mode });
    answer(make);

    const push = await say('hi');

    expect([push['state'], outcomes(push)]).toEqual(['failed', ['bad_reply']]);
    expect((push['attempts'] as { problem: string }[])[0]?.problem).toMatch(problem);
  });

  it('of a mini program may only hand over to people', async () => {
    await configure({ mode: 'plain' }, miniProgram.appid);
    const hello = () => wechat.control('POST', '/_sim/people/xiaoming/say', { appid: miniProgram.appid, text: 'hi' });
    answer(() => reply({ FromUserName: 'gh_decade000002', Content: 'x' }));
    expect(outcomes(await hello())).toEqual(['bad_reply']);
    answer(() => reply({ FromUserName: 'gh_decade000002', MsgType: 'transfer_customer_service' }));

    expect(outcomes(await hello())).toEqual(['reply']);
  });
});

describe('what people do', () => {
  beforeEach(() => configure({ mode: 'plain' }));
  const last = async () => read(receiver.pushes.at(-1)?.body ?? '');
  const act = (person: string, action: string, body: object) => wechat.control('POST', `/_sim/people/${person}/${action}`, body);

  it('is told with qrscene_ when a stranger scans and follows, and without it afterwards', async () => {
    const access = String((await wechat.stableToken())['access_token']);
    const code = await wechat.post(`/cgi-bin/qrcode/create?access_token=${access}`, {
      expire_seconds: 600,
      action_name: 'QR_SCENE',
      action_info: { scene: { scene_id: 123 } },
    });
    await act('hanmeimei', 'scan', { content: code['url'] });
    expect(await last()).toMatchObject({ Event: 'subscribe', EventKey: 'qrscene_123', Ticket: code['ticket'] });
    await act('hanmeimei', 'scan', { content: code['url'] });
    expect(await last()).toMatchObject({ Event: 'SCAN', EventKey: '123', Ticket: code['ticket'] });

    await wechat.advance(600);

    expect(await act('hanmeimei', 'scan', { content: code['url'] })).toEqual({ kind: 'expired' });
  });

  it('covers following, leaving and tapping', async () => {
    await act('zhangwei', 'follow', { appid });
    expect(await last()).toMatchObject({ Event: 'subscribe', EventKey: '' });
    await act('zhangwei', 'tap', { appid, key: 'HELP' });
    expect(await last()).toMatchObject({ Event: 'CLICK', EventKey: 'HELP' });
    await act('zhangwei', 'tap', { appid, url: 'https://example.com/' });
    expect(await last()).toMatchObject({ Event: 'VIEW', EventKey: 'https://example.com/' });
    await act('zhangwei', 'unfollow', { appid });
    expect(await last()).toMatchObject({ Event: 'unsubscribe' });
  });

  it('can read links and plain words off a code too', async () => {
    expect(await act('lilei', 'scan', { content: 'https://example.com/x' })).toEqual({
      kind: 'link',
      url: 'https://example.com/x',
    });
    expect(await act('lilei', 'scan', { content: '你好' })).toEqual({ kind: 'text', text: '你好' });
    expect(await act('lilei', 'scan', { content: 'http://weixin.qq.com/q/02unknown' })).toEqual({ kind: 'expired' });
  });

  it('covers every event that is documented, in XML that parses', async () => {
    const events = (await wechat.control('GET', '/_sim/events')) as unknown as { event: string }[];
    expect(events.length).toBeGreaterThan(35);
    for (const { event } of events) {
      const push = await wechat.control('POST', `/_sim/apps/${appid}/events`, { event, person: 'xiaoming' });
      expect(push['state']).toBe('delivered');
      expect((await last())['Event']).toBe(event);
    }
  });

  it('can be an event nobody has heard of, and fields can be replaced', async () => {
    await wechat.control('POST', `/_sim/apps/${appid}/events`, {
      event: 'NEW_THING',
      person: 'xiaoming',
      fields: { Odd: { Deep: [1, 2] } },
    });
    expect(await last()).toMatchObject({ Event: 'NEW_THING', Odd: { Deep: ['1', '2'] } });
    await wechat.control('POST', `/_sim/apps/${appid}/events`, {
      event: 'TEMPLATESENDJOBFINISH',
      person: 'xiaoming',
      fields: { Status: 'failed:user block' },
    });
    expect(await last()).toMatchObject({ MsgID: '200163836', Status: 'failed:user block' });
    const refused = await wechat.control('POST', `/_sim/apps/${appid}/events`, { event: 'CLICK' });
    expect(refused['error']).toMatchObject({ code: 'person_missing' });
  });
});

describe('a push that goes wrong', () => {
  beforeEach(() => configure({ mode: 'safe' }));
  const plan = (kind: string, more: object = {}) => wechat.control('POST', '/_sim/faults/pushes', { kind, ...more });

  it('comes twice', async () => {
    await plan('duplicate');
    await say('once');

    expect(receiver.pushes).toHaveLength(2);
  });

  it('comes late', async () => {
    await plan('delay', { delay_ms: 60 });
    const started = performance.now();
    await say('late');

    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });

  it('comes after the one that was sent after it', async () => {
    await configure({ mode: 'plain' });
    await plan('reorder');
    const held = await say('first');
    expect(held['state']).toBe('held');
    await say('second');
    while (receiver.pushes.length < 2) await wechat.control('GET', '/_sim/clock');

    const said = await Promise.all(receiver.pushes.map(async ({ body }) => (await read(body))['Content']));
    expect(said).toEqual(['second', 'first']);
  });

  it.each(['mis_sign', 'wrong_key', 'wrong_receive_id'])('has the fault %s and no other', async (kind) => {
    await plan(kind);
    await say('x');
    const encrypt = (await read(first().body))['Encrypt'] ?? '';

    expect(signed(first(), encrypt)).toBe(kind !== 'mis_sign');
    if (kind === 'mis_sign') expect(envelope.open(encrypt).message).toContain('x');
    else expect(() => envelope.open(encrypt)).toThrow();
  });
});

describe('the form of a message', () => {
  it('repeats lists, splits the end of CDATA, and drops what no XML holds', () => {
    expect(messageXml({ A: 'x]]>y\u0000', B: [{ C: 1 }, { C: 2 }], D: undefined })).toBe(
      '<xml><A><![CDATA[x]]]]><![CDATA[>y]]></A>\n<B><C>1</C></B>\n<B><C>2</C></B>\n</xml>',
    );
    expect(messageJson({ a: '/', b: 2n ** 60n })).toBe('{"a":"/","b":1152921504606846976}');
  });
});
