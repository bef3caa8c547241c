/** The same numbers in every run, whatever the machine. */
export class Dice {
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

export const corpus = [
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
export const bulk = [
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
  // Nothing but escaped quotation marks: to a reader that begins anew at each, every one begins a string that never ends.
  '\\"',
  '""',
  '"a":1,',
  '12345678901234567,',
  '-',
  '1e',
  '<',
  '</',
  '<a ',
  'a="b" ',
  '?',
  '/',
  'x://',
  'x://a:',
  '{{a',
  '"Encrypt"',
  '"Encrypt":"',
  '"ToUserName":"',
  '<Encrypt>',
  '=',
  "='",
  '1',
];

/** What bulk may follow: each of them begins something else. */
export const openings = ['', '{', '[', '{"', '{"a":', '{"a":"', '"', '-', '<xml>', '<xml a="', '<xml ', '<xml><a>', '<xml><![CDATA[', '<xml/>', '<?xml ?>', '<!--', '?', '/?']; // prettier-ignore

export function mutated(dice: Dice): string {
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
