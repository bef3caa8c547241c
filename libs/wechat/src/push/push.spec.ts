import { describe, expect, it } from '@jest/globals';
import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { dedupeKeyOf } from './dedupe-key.js';
import { type PassiveReply, writeReply } from './passive-reply.js';
import { type PushQuery, type PushReceiver, type PushVerdict, type ReceivedPush, readPush, verifyEcho } from './push-reader.js';
import { readXml } from './xml-document.js';

const appid = 'wx3cc8fd6963e31a32';
const now = new Date('2026-01-31T12:00:00Z');
const seconds = now.getTime() / 1_000;
const moment = { now, windowSeconds: 600 };
const current = { token: 'CurrentToken', encodingAesKey: 'a'.repeat(43) };
const former = { token: 'FormerToken', encodingAesKey: 'b'.repeat(43) };

const receiver = (mode: PushReceiver['mode'], generations = [current]): PushReceiver => ({ receiveId: appid, mode, generations });
const xml = (inside: string): string => `<xml>${inside}</xml>`;
const event = (inside: string): string =>
  xml(
    `<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n<FromUserName><![CDATA[oPerson]]></FromUserName>\n<CreateTime>${seconds}</CreateTime>\n<MsgType><![CDATA[event]]></MsgType>\n${inside}`,
  );
const message = (type: string, inside: string): string =>
  xml(
    `<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[oPerson]]></FromUserName><CreateTime>${seconds}</CreateTime><MsgType><![CDATA[${type}]]></MsgType><MsgId>6074746557628292943</MsgId>${inside}`,
  );

const stamp = (at = seconds) => ({ timestamp: String(at), nonce: '1320562132' });

function plain(body: string, { secrets = current, at = seconds } = {}): [PushQuery, Buffer] {
  const { timestamp, nonce } = stamp(at);
  return [{ timestamp, nonce, signature: sortedSha1([secrets.token, timestamp, nonce]) }, Buffer.from(body)];
}

function sealed(
  body: string,
  { secrets = current, at = seconds, to = appid, clear = '', format = 'xml' } = {},
): [PushQuery, Buffer] {
  const { timestamp, nonce } = stamp(at);
  const encrypted = new MessageEnvelope({ encodingAesKey: secrets.encodingAesKey, receiveId: to }).seal(body);
  const query = {
    timestamp,
    nonce,
    signature: sortedSha1([secrets.token, timestamp, nonce]),
    encrypt_type: 'aes',
    msg_signature: sortedSha1([secrets.token, timestamp, nonce, encrypted]),
  };
  const outer =
    format === 'json'
      ? JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt: encrypted }).replaceAll('/', '\\/')
      : xml(`<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>${clear}<Encrypt><![CDATA[${encrypted}]]></Encrypt>`);
  return [query, Buffer.from(outer)];
}

const read = ([query, body]: [PushQuery, Buffer], by = receiver('plain')): PushVerdict => readPush(by, query, body, moment);

function pushed(given: [PushQuery, Buffer], by?: PushReceiver): ReceivedPush {
  const verdict = read(given, by);
  if (verdict.kind !== 'push') throw new Error(`${verdict.kind}: ${verdict.why.en}`);
  return verdict.push;
}

const scan = event('<Event><![CDATA[SCAN]]></Event>\n<EventKey><![CDATA[login-1]]></EventKey>\n<Ticket><![CDATA[gQH]]></Ticket>');

describe('The form of a push', () => {
  const clearCopy = '<FromUserName><![CDATA[oSomebodyElse]]></FromUserName>';
  it.each([
    ['plain', 'plain', plain(scan), 'push'],
    ['plain', 'compatible', sealed(scan, { clear: clearCopy }), 'push'],
    ['plain', 'safe', sealed(scan), 'push'],
    ['compatible', 'plain', plain(scan), 'push'],
    ['compatible', 'compatible', sealed(scan, { clear: clearCopy }), 'push'],
    ['safe', 'plain', plain(scan), 'forged'],
    ['safe', 'compatible', sealed(scan, { clear: clearCopy }), 'push'],
    ['safe', 'safe', sealed(scan), 'push'],
    ['safe', 'safe JSON', sealed(JSON.stringify({ MsgType: 'event', Event: 'SCAN' }), { format: 'json' }), 'push'],
  ] as const)('demanded at least %s, sent %s', (mode, _, given, verdict) => {
    expect(read([...given], receiver(mode)).kind).toBe(verdict);
  });

  it('with an encrypted copy is read from that, whatever the clear one says', () => {
    expect(pushed(sealed(scan, { clear: clearCopy }), receiver('compatible')).event).toMatchObject({ openid: 'oPerson' });
  });

  it('cannot be chosen by an attacker', () => {
    const [query, body] = sealed(scan, { clear: clearCopy });
    const downgraded = { ...query };
    delete (downgraded as { msg_signature?: string }).msg_signature;
    delete (downgraded as { encrypt_type?: string }).encrypt_type;

    for (const mode of ['plain', 'compatible', 'safe'] as const)
      expect(read([downgraded, body], receiver(mode)).kind).toBe('forged');
    // A signature of three parts is no signature of four.
    expect(read([{ ...query, msg_signature: query.signature ?? '' }, body], receiver('plain')).kind).toBe('forged');
    expect(read([{ ...plain(scan)[0], encrypt_type: 'aes' }, Buffer.from(scan)]).kind).toBe('forged');
  });

  it('is not decided by what a person writes', () => {
    const written = message('text', '<Content><![CDATA[<Encrypt>AAAA</Encrypt>]]></Content>');

    expect(pushed(plain(written)).event).toMatchObject({ kind: 'text', content: '<Encrypt>AAAA</Encrypt>' });
    expect(pushed(plain(JSON.stringify({ MsgType: 'text', Content: 'say "Encrypt":"AAAA"' }))).type).toBe('message.text');
  });

  it('takes encrypt_type=raw for none', () => {
    const [query, body] = plain(scan);

    expect(read([{ ...query, encrypt_type: 'raw' }, body]).kind).toBe('push');
  });
});

describe('A signature', () => {
  it.each([
    ['missing', {}],
    ['of another token', { signature: sortedSha1(['Other', stamp().timestamp, stamp().nonce]) }],
    ['in capitals', { signature: plain(scan)[0].signature?.toUpperCase() ?? '' }],
    ['of another time', { ...plain(scan)[0], timestamp: String(seconds + 1) }],
    ['of another nonce', { ...plain(scan)[0], nonce: '1' }],
  ])('that is %s is forged', (_, change) => {
    const { timestamp, nonce } = stamp();

    expect(read([{ timestamp, nonce, ...change }, Buffer.from(scan)]).kind).toBe('forged');
  });

  it('covers the ciphertext', () => {
    const [query, body] = sealed(scan);
    const [, other] = sealed(scan.replace('login-1', 'login-2'));

    expect(read([query, other]).kind).toBe('forged');
    expect(read([query, body]).kind).toBe('push');
  });

  it.each([
    [-600, 'push'],
    [-601, 'stale'],
    [600, 'push'],
    [601, 'stale'],
  ])('from %i seconds away is %s', (away, verdict) => {
    expect(read(plain(scan, { at: seconds + away })).kind).toBe(verdict);
    expect(read(sealed(scan, { at: seconds + away })).kind).toBe(verdict);
  });

  it('by the former token, or over what the former key sealed, counts while those are accepted', () => {
    const mixed = { token: current.token, encodingAesKey: former.encodingAesKey };
    const both = receiver('safe', [current, former, mixed]);

    for (const secrets of [current, former, mixed]) expect(pushed(sealed(scan, { secrets }), both).generation).toEqual(secrets);
    expect(read(sealed(scan, { secrets: former }), receiver('safe')).kind).toBe('forged');
    expect(read(sealed(scan, { secrets: mixed }), receiver('safe')).kind).toBe('forged');
  });

  it('over a message for another app is forged', () => {
    expect(read(sealed(scan, { to: 'wx0000000000000000' })).kind).toBe('forged');
  });

  it('lets the first call of WeChat through', () => {
    const [query] = plain('');

    expect(verifyEcho(receiver('safe'), { ...query, echostr: '5927782489442352469' }, moment)).toEqual({
      kind: 'echo',
      echostr: '5927782489442352469',
      stamp: `${query.signature} ${query.timestamp} ${query.nonce}`,
    });
    expect(verifyEcho(receiver('safe'), query, moment).kind).toBe('forged');
    expect(verifyEcho(receiver('safe'), { ...query, signature: 'x', echostr: '1' }, moment).kind).toBe('forged');
    expect(verifyEcho(receiver('safe'), { ...plain('', { at: seconds - 700 })[0], echostr: '1' }, moment).kind).toBe('stale');
  });
});

describe('A document', () => {
  const open = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  it.each([
    ['nothing', ''],
    ['words', 'hello'],
    ['an unclosed element', '<xml><a></xml>'],
    ['an element without a name', '<xml><></></xml>'],
    ['two roots', '<xml></xml><xml></xml>'],
    ['a document type', '<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>'],
    ['a document type further down', '<xml><!DOCTYPE a></xml>'],
    ['an unknown entity', '<xml><a>&b;</a></xml>'],
    ['an instruction', '<?php echo 1 ?><xml></xml>'],
    ['a CDATA that never ends', '<xml><![CDATA[a</xml>'],
    ['half a JSON', '{"MsgType":'],
    ['a JSON that is a list', '{"a":1}{"b":2}'],
  ])('that is %s is malformed', (_, body) => {
    expect(read(plain(body)).kind).toBe('malformed');
  });

  it.each([
    ['nested too far', open(40)],
    ['of too many elements', xml('<a/>'.repeat(2_100))],
    ['JSON nested too far', '{"a":'.repeat(20) + '1' + '}'.repeat(20)],
    ['JSON of too many members', JSON.stringify({ a: Array.from({ length: 2_100 }, () => 1) })],
  ])('%s is kept raw', (_, body) => {
    expect(pushed(plain(body))).toMatchObject({
      fields: null,
      type: 'event.unknown',
      event: { kind: 'unknown' },
      plain: Buffer.from(body),
    });
  });

  it('may begin with a declaration and a byte order mark', () => {
    expect(pushed(plain(`\ufeff<?xml version="1.0"?>${scan}`)).type).toBe('event.scan');
  });

  it('has no name that means anything to JavaScript', () => {
    const { fields } = pushed(
      plain(xml('<__proto__><polluted>1</polluted></__proto__><constructor>x</constructor><MsgType>event</MsgType>')),
    );

    expect(Object.getPrototypeOf(fields)).toBeNull();
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect(JSON.stringify(fields)).toBe('{"__proto__":{"polluted":"1"},"constructor":"x","MsgType":"event"}');
    expect(JSON.stringify(pushed(plain('{"__proto__":{"polluted":1},"MsgType":"event"}')).fields)).toBe(
      '{"__proto__":{"polluted":1},"MsgType":"event"}',
    );
  });

  it('keeps long numbers whole, and nothing that a database refuses', () => {
    const { fields } = pushed(
      plain(
        `{"MsgId":6074746557628292943,"n":12345,"f":1.5,"t":"a\\u0000b\\ud800c 6074746557628292943","l":[-6074746557628292943]}`,
      ),
    );

    expect({ ...fields }).toEqual({
      MsgId: '6074746557628292943',
      n: 12345,
      f: 1.5,
      t: 'ab\ufffdc 6074746557628292943',
      l: ['-6074746557628292943'],
    });
    expect(pushed(plain(message('text', '<Content>a</Content>'))).fields).toMatchObject({ MsgId: '6074746557628292943' });
  });

  it('keeps repeated elements as a list, and blank words as they are', () => {
    expect(readXml(xml('<a>1</a><a>2</a><b><![CDATA[ ]]></b><c/>'))).toEqual({
      kind: 'fields',
      fields: { a: ['1', '2'], b: ' ', c: '' },
    });
  });
});

describe('What is pushed', () => {
  const person = { openid: 'oPerson', at: now };
  const msgId = '6074746557628292943';
  it.each<[string, string, object]>([
    [
      'message.text',
      message('text', '<Content><![CDATA[你好]]></Content>'),
      { kind: 'text', msgId, content: '你好', menuItem: null },
    ],
    [
      'message.image',
      message('image', '<PicUrl>p</PicUrl><MediaId>m</MediaId>'),
      { kind: 'image', msgId, mediaId: 'm', pictureUrl: 'p' },
    ],
    [
      'message.voice',
      message('voice', '<MediaId>m</MediaId><Format>amr</Format>'),
      { kind: 'voice', msgId, mediaId: 'm', format: 'amr', recognition: null },
    ],
    [
      'message.video',
      message('video', '<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>'),
      { kind: 'video', msgId, mediaId: 'm', thumbMediaId: 't', isShort: false },
    ],
    [
      'message.shortvideo',
      message('shortvideo', '<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>'),
      { kind: 'video', msgId, mediaId: 'm', thumbMediaId: 't', isShort: true },
    ],
    [
      'message.location',
      message('location', '<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Scale>20</Scale><Label>l</Label>'),
      { kind: 'location', msgId, latitude: 23.1, longitude: 113.3, scale: 20, label: 'l' },
    ],
    [
      'message.link',
      message('link', '<Title>t</Title><Description>d</Description><Url>u</Url>'),
      { kind: 'link', msgId, title: 't', description: 'd', url: 'u' },
    ],
    ['message.hologram', message('hologram', ''), { kind: 'unknown' }],
    ['message.text', message('text', '<Content>a</Content>').replace(/<MsgId>.*<\/MsgId>/, ''), { kind: 'unknown' }],
    ['event.subscribe', event('<Event>subscribe</Event><EventKey></EventKey>'), { kind: 'subscribe', by: null }],
    [
      'event.subscribe',
      event('<Event>subscribe</Event><EventKey>qrscene_qrscene_a</EventKey><Ticket>T</Ticket>'),
      { kind: 'subscribe', by: { scene: 'qrscene_a', ticket: 'T' } },
    ],
    ['event.unsubscribe', event('<Event>unsubscribe</Event>'), { kind: 'unsubscribe' }],
    [
      'event.scan',
      event('<Event>SCAN</Event><EventKey>qrscene_a</EventKey><Ticket>T</Ticket>'),
      { kind: 'scan', scene: 'qrscene_a', ticket: 'T' },
    ],
    [
      'event.location',
      event('<Event>LOCATION</Event><Latitude>1</Latitude><Longitude>2</Longitude><Precision>3</Precision>'),
      { kind: 'place', latitude: 1, longitude: 2, precision: 3 },
    ],
    ['event.click', event('<Event>CLICK</Event><EventKey>k</EventKey>'), { kind: 'menu-click', key: 'k' }],
    [
      'event.view',
      event('<Event>VIEW</Event><EventKey>https://a</EventKey><MenuId>7</MenuId>'),
      { kind: 'menu-view', url: 'https://a', menuId: '7' },
    ],
    [
      'event.view_miniprogram',
      event('<Event>view_miniprogram</Event><EventKey>p</EventKey><MenuId>7</MenuId>'),
      { kind: 'menu-mini-program', path: 'p', menuId: '7' },
    ],
    [
      'event.scancode_waitmsg',
      event(
        '<Event>scancode_waitmsg</Event><EventKey>k</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>r</ScanResult></ScanCodeInfo>',
      ),
      { kind: 'menu-scan', key: 'k', result: 'r', waits: true },
    ],
    [
      'event.pic_weixin',
      event(
        '<Event>pic_weixin</Event><EventKey>k</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item></PicList></SendPicsInfo>',
      ),
      { kind: 'menu-pictures', key: 'k', count: 2 },
    ],
    [
      'event.location_select',
      event(
        '<Event>location_select</Event><EventKey>k</EventKey><SendLocationInfo><Location_X>1</Location_X><Location_Y>2</Location_Y></SendLocationInfo>',
      ),
      { kind: 'menu-location', latitude: 1, longitude: 2 },
    ],
    [
      'event.templatesendjobfinish',
      event('<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>success</Status>'),
      { kind: 'template-sent', msgId: '200163836', fate: 'delivered' },
    ],
    [
      'event.templatesendjobfinish',
      event('<Event>templatesendjobfinish</Event><MsgID>1</MsgID><Status>failed: user block</Status>'),
      { kind: 'template-sent', fate: 'blocked' },
    ],
    [
      'event.templatesendjobfinish',
      event('<Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID><Status>failed: system failed</Status>'),
      { kind: 'template-sent', fate: 'failed' },
    ],
    [
      'event.masssendjobfinish',
      event('<Event>MASSSENDJOBFINISH</Event><MsgID>1</MsgID><Status>err(10001)</Status>'),
      { kind: 'mass-sent', detail: 'err(10001)' },
    ],
    [
      'event.publishjobfinish',
      event(
        '<Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>9</publish_id><publish_status>0</publish_status></PublishEventInfo>',
      ),
      { kind: 'published', publishId: '9', status: 0 },
    ],
    [
      'event.user_authorize_revoke',
      event('<Event>user_authorize_revoke</Event><OpenID>oOther</OpenID><RevokeInfo>301</RevokeInfo>'),
      { kind: 'authorization-revoked', openid: 'oOther', revoked: '301' },
    ],
    [
      'event.user_authorization_cancellation',
      event('<Event>user_authorization_cancellation</Event><OpenID>oOther</OpenID>'),
      { kind: 'user-cancelled', openid: 'oOther' },
    ],
    [
      'event.qualification_verify_fail',
      event('<Event>qualification_verify_fail</Event><FailReason>r</FailReason>'),
      { kind: 'account-verified', succeeded: false, detail: 'r' },
    ],
    [
      'event.kf_switch_session',
      event('<Event>kf_switch_session</Event><ToKfAccount>a@b</ToKfAccount>'),
      { kind: 'service-session', step: 'switched', account: 'a@b' },
    ],
    [
      'event.weapp_audit_fail',
      event('<Event>weapp_audit_fail</Event><Reason>r</Reason>'),
      { kind: 'audited', verdict: 'fail', reason: 'r' },
    ],
    ['event.card_pass_check', event('<Event>card_pass_check</Event>'), { kind: 'unknown' }],
    ['event.scan', event('<Event>SCAN</Event>'), { kind: 'unknown' }],
  ])('as %s is understood', (type, body, expected) => {
    const push = pushed(plain(body));

    expect(push.type).toBe(type);
    expect(push.event).toMatchObject({ ...person, ...expected });
  });

  it.each([
    ['a list', [{ TemplateId: 'T', SubscribeStatusString: 'accept', PopupScene: '0' }]],
    ['a list in a holder', { List: [{ TemplateId: 'T', SubscribeStatusString: 'accept' }] }],
    ['a single item in a holder', { List: { TemplateId: 'T', SubscribeStatusString: 'accept' } }],
  ])('as subscriptions is understood as %s, with times as text', (_, SubscribeMsgPopupEvent) => {
    const body = {
      FromUserName: 'oPerson',
      CreateTime: String(seconds),
      MsgType: 'event',
      Event: 'subscribe_msg_popup_event',
      SubscribeMsgPopupEvent,
    };

    expect(pushed(plain(JSON.stringify(body))).event).toEqual({
      ...person,
      kind: 'subscriptions-chosen',
      subscriptions: [{ templateId: 'T', accepted: true }],
    });
  });

  it('to a platform has no sender', () => {
    const at = `<AppId>wxcccccccccccccccc</AppId><CreateTime>${seconds}</CreateTime>`;
    const ticket = pushed(
      plain(xml(`${at}<InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>ticket@@@x</ComponentVerifyTicket>`)),
    );
    const gone = pushed(plain(xml(`${at}<InfoType>unauthorized</InfoType><AuthorizerAppid>${appid}</AuthorizerAppid>`)));

    expect(ticket).toMatchObject({
      type: 'event.component_verify_ticket',
      event: { kind: 'component-ticket', ticket: 'ticket@@@x', at: now },
    });
    expect(gone.event).toMatchObject({ kind: 'platform-unauthorized', authorizer: appid });
  });
});

describe('Two pushes', () => {
  const key = (body: string): string => dedupeKeyOf(pushed(plain(body)));
  it.each([
    ['attempts at one message', message('text', '<Content>a</Content>'), message('text', '<Content>a</Content>\n'), true],
    ['messages with other ids', message('text', ''), message('text', '').replace('2943<', '2944<'), false],
    ['attempts at one event', scan, scan.replace('\n<Ticket>', '<Ticket>'), true],
    ['events of one second', scan, scan.replace('login-1', 'login-2'), false],
    ['events of other people', scan, scan.replace('oPerson', 'oOther'), false],
    ['what cannot be read', '<a>'.repeat(40) + '</a>'.repeat(40), '<b>'.repeat(40) + '</b>'.repeat(40), false],
  ])('that are %s', (_, one, other, same) => {
    expect(key(one) === key(other)).toBe(same);
  });
});

describe('A reply', () => {
  const replies: [PassiveReply, object][] = [
    [
      { kind: 'text', content: '你好 ]]> <b>&amp;\u0001' },
      { MsgType: 'text', Content: '你好 ]]> <b>&amp;' },
    ],
    [
      { kind: 'image', mediaId: 'm' },
      { MsgType: 'image', Image: { MediaId: 'm' } },
    ],
    [
      { kind: 'voice', mediaId: 'm' },
      { MsgType: 'voice', Voice: { MediaId: 'm' } },
    ],
    [
      { kind: 'video', mediaId: 'm', title: 't' },
      { MsgType: 'video', Video: { MediaId: 'm', Title: 't' } },
    ],
    [
      { kind: 'music', thumbMediaId: 'm', url: 'u' },
      { MsgType: 'music', Music: { MusicUrl: 'u', ThumbMediaId: 'm' } },
    ],
    [
      { kind: 'news', articles: [{ title: 't', description: 'd', pictureUrl: 'p', url: 'u' }] },
      { MsgType: 'news', ArticleCount: '1', Articles: { item: { Title: 't', Description: 'd', PicUrl: 'p', Url: 'u' } } },
    ],
    [
      { kind: 'transfer', account: 'a@b' },
      { MsgType: 'transfer_customer_service', TransInfo: { KfAccount: 'a@b' } },
    ],
  ];
  const about = { timestamp: seconds + 1, nonce: '42' };

  it.each(replies)('is written for its reader: %j', (reply, expected) => {
    const { body, contentType } = writeReply(pushed(plain(scan)), appid, reply, about);

    expect(contentType).toBe('text/xml');
    expect(readXml(body)).toMatchObject({
      fields: { ToUserName: 'oPerson', FromUserName: 'gh_97417a04a28d', CreateTime: String(seconds + 1), ...expected },
    });
  });

  it.each([current, former])('is sealed with the secrets that proved the push', (secrets) => {
    const push = pushed(sealed(scan, { secrets }), receiver('safe', [current, former]));

    const { body } = writeReply(push, appid, { kind: 'text', content: '好' }, about);

    const envelope = readXml(body) as unknown as {
      fields: { Encrypt: string; MsgSignature: string; TimeStamp: string; Nonce: string };
    };
    const { Encrypt, MsgSignature, TimeStamp, Nonce } = envelope.fields;
    expect(MsgSignature).toBe(sortedSha1([secrets.token, TimeStamp, Nonce, Encrypt]));
    expect(new MessageEnvelope({ encodingAesKey: secrets.encodingAesKey, receiveId: appid }).open(Encrypt).message).toContain(
      '好',
    );
  });

  it('to JSON is JSON', () => {
    const push = pushed(
      plain(
        JSON.stringify({
          FromUserName: 'oPerson',
          ToUserName: 'gh_a',
          CreateTime: seconds,
          MsgType: 'text',
          Content: 'a',
          MsgId: 1,
        }),
      ),
    );

    const { body, contentType } = writeReply(push, appid, { kind: 'transfer' }, about);

    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      ToUserName: 'oPerson',
      FromUserName: 'gh_a',
      CreateTime: seconds + 1,
      MsgType: 'transfer_customer_service',
    });
  });
});
