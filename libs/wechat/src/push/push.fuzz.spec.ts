import { describe, expect, it } from '@jest/globals';
import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { dedupeKeyOf } from './dedupe-key.js';
import { type PushQuery, type PushReceiver, readPush } from './push-reader.js';

/** `npm run fuzz` runs the same in full. */
const isFull = process.env.FUZZ === 'full';
const bodies = isFull ? 1_000_000 : 20_000;
const forgeries = isFull ? 100_000 : 5_000;
const cpuMillisecondsMax = 50;

const secrets = { token: 'FuzzToken', encodingAesKey: 'f'.repeat(43) };
const receiver: PushReceiver = { receiveId: 'wx3cc8fd6963e31a32', mode: 'plain', generations: [secrets] };
const now = new Date('2026-01-31T12:00:00Z');
const moment = { now, windowSeconds: 600 };
const timestamp = String(now.getTime() / 1_000);
const nonce = '99';
const signed: PushQuery = { timestamp, nonce, signature: sortedSha1([secrets.token, timestamp, nonce]) };

/** The same numbers in every run, whatever the machine. */
class Dice {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (Math.imul(this.state ^ (this.state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(this.state ^ (this.state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % limit;
  }

  of<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('an empty list');
    return one;
  }
}

const corpus = [
  '<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1769860800</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content><MsgId>6074746557628292943</MsgId></xml>',
  '<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>SCAN</Event><EventKey>s</EventKey><Ticket>t</Ticket></xml>',
  '<xml><MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List><TemplateId>a</TemplateId></List><List/></SubscribeMsgPopupEvent></xml>',
  '<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[QUJDRA==]]></Encrypt></xml>',
  '{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1769860800,"MsgType":"event","Event":"subscribe_msg_sent_event","SubscribeMsgSentEvent":{"List":{"TemplateId":"a","MsgID":"1"}}}',
  '{"Encrypt":"QUJDRA==","ToUserName":"gh_1"}',
];
const scraps = [
  '<![CDATA[', ']]>', '<!--', '-->', '<!DOCTYPE a [', '<!ENTITY x "y">', '&x;', '&amp;', '&#0;', '&#x110000;', '<?xml version="1.0"?>', '<a>', '</a>', '<a/>', '<', '>', '/>',
  '<__proto__>', '</__proto__>', '<constructor><prototype>', '{', '}', '[', ']', '"', '\\', '"__proto__":', '\\u0000', '\\ud800', '\0', '\ufeff', '\ud83d', '99999999999999999999', '-1e999', '<Encrypt>', '</Encrypt>', '"Encrypt":"', ' a="b" ', '\r\n', ':',
]; // prettier-ignore
const bulk = [
  '<a>',
  '<a/>',
  '</a>',
  '{"a":',
  '[',
  '[[],',
  '&amp;',
  '<![CDATA[',
  ']]>',
  '<!--',
  'a',
  ' ',
  '\0',
  '"',
  '\\',
  '<',
  '=',
  "='",
  '1',
];

function mutated(dice: Dice): string {
  let body = dice.of(corpus);
  for (let turns = 1 + dice.below(5); turns > 0; turns--) {
    const at = dice.below(body.length + 1);
    const to = Math.min(body.length, at + dice.below(20));
    switch (dice.below(8)) {
      case 0:
        body = body.slice(0, at);
        break;
      case 1:
        body = body.slice(0, at) + body.slice(to);
        break;
      case 2:
        body = body.slice(0, at) + String.fromCharCode(dice.below(0x10000)) + body.slice(at + 1);
        break;
      case 3:
        body = body.slice(0, to) + body.slice(at);
        break;
      case 4:
        // Seldom as long as a body may be: what is slow shows only there.
        body = body.slice(0, at) + dice.of(bulk).repeat(dice.below(dice.below(200) === 0 ? 20_000 : 40)) + body.slice(at);
        break;
      case 5:
        body = body.slice(0, at) + dice.of(corpus) + body.slice(at);
        break;
      default:
        body = body.slice(0, at) + dice.of(scraps) + body.slice(at);
    }
  }
  return body.slice(0, 262_144);
}

/** Sealed every other time: what comes out of the envelope is no more to be trusted. */
function packed(body: string, sealedToo: boolean): [PushQuery, Buffer] {
  if (!sealedToo) return [signed, Buffer.from(body)];
  const encrypted = new MessageEnvelope({ encodingAesKey: secrets.encodingAesKey, receiveId: receiver.receiveId }).seal(body);
  const msg_signature = sortedSha1([secrets.token, timestamp, nonce, encrypted]);
  return [{ timestamp, nonce, encrypt_type: 'aes', msg_signature }, Buffer.from(`<xml><Encrypt>${encrypted}</Encrypt></xml>`)];
}

function cpuMilliseconds(query: PushQuery, body: Buffer): number {
  const began = process.cpuUsage();
  const verdict = readPush(receiver, query, body, moment);
  if (verdict.kind === 'push') dedupeKeyOf(verdict.push);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

describe('Any body', () => {
  it(
    'is read or refused without a crash, without taking long, and without a trace in JavaScript itself',
    () => {
      const dice = new Dice(20_261_121);
      const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
      const slow: string[] = [];

      for (let turn = 0; turn < bodies; turn++) {
        const body = mutated(dice);
        const packet = packed(body, turn % 4 === 0);
        // The collector runs when it likes: only what is slow each time is slow.
        let spent = cpuMilliseconds(...packet);
        for (let again = 0; again < 3 && spent > cpuMillisecondsMax; again++) spent = Math.min(spent, cpuMilliseconds(...packet));
        if (spent > cpuMillisecondsMax) slow.push(`${spent} ms: ${body.length} of ${body.slice(0, 200)}`);
      }

      expect(slow).toEqual([]);
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    },
    isFull ? 3_600_000 : 120_000,
  );

  it.each(bulk)('made of nothing but %j is done with in no time', (part) => {
    for (const body of [part.repeat(262_144 / part.length), `<xml>${part.repeat(262_000 / part.length)}</xml>`]) {
      const spent = Math.min(...[1, 2, 3].map(() => cpuMilliseconds(...packed(body.slice(0, 262_144), false))));
      expect(spent).toBeLessThan(cpuMillisecondsMax);
    }
  });
});

describe('A forged or stale signature', () => {
  it('is never accepted', () => {
    const dice = new Dice(7);
    const body = corpus[0] ?? '';
    let accepted = 0;
    for (let turn = 0; turn < forgeries; turn++) {
      const [query, sent] = packed(body, turn % 2 === 0);
      const forged: Record<string, string | undefined> = { ...query };
      const part = dice.of(
        query.msg_signature === undefined ? ['signature', 'timestamp', 'nonce'] : ['msg_signature', 'timestamp', 'nonce', 'body'],
      );
      const value = forged[part] ?? '';
      const at = dice.below(value.length || 1);
      const other =
        part === 'timestamp'
          ? String(dice.below(2_000_000_000))
          : value.slice(0, at) + dice.of([...'0123456789abcdefABCDEF']) + value.slice(at + 1);
      if (other === value && part !== 'body') continue;
      forged[part] = dice.below(10) === 0 ? undefined : other;
      const bytes = part === 'body' ? Buffer.from(packed(dice.of(corpus.slice(1)), true)[1]) : sent;
      if (
        readPush({ ...receiver, mode: dice.of(['plain', 'compatible', 'safe'] as const) }, forged, bytes, moment).kind === 'push'
      )
        accepted++;
    }
    expect(accepted).toBe(0);
  });
});
