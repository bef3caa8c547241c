// Pushes as WeChat's servers do, from a process of its own: `{ kind: 'closed', connections, fresh, seconds }` as fast as they
// are answered, `{ kind: 'open', rate, fresh, seconds }` at a rate that does not care. `fresh` is the share of pushes that
// open a connection of their own. Each message is answered with what came of it.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { clearInterval, setImmediate, setInterval } from 'node:timers';

const [url, appid, token] = process.argv.slice(2);
const { hostname, port } = new URL(url);
/** WeChat hangs up. */
const patienceMilliseconds = 5_000;
const tickMilliseconds = 10;

let count = 0;

/** A text that nobody has sent before, as bytes on the wire. */
function nextPush(isFresh) {
  const number = count++;
  const openid = `oPerson${number}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = String(1_000_000_000 + number);
  const signature = createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex');
  const body =
    `<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[${openid}]]></FromUserName>` +
    `<CreateTime>${timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content><MsgId>${7_000_000_000_000_000n + BigInt(number)}</MsgId></xml>`;
  const head =
    `POST /callbacks/${appid}?signature=${signature}&timestamp=${timestamp}&nonce=${nonce} HTTP/1.1\r\nhost: gateway\r\n` +
    `content-type: text/xml\r\ncontent-length: ${body.length}\r\nconnection: ${isFresh ? 'close' : 'keep-alive'}\r\n\r\n`;
  return { number, bytes: head + body };
}

/** What came of the pushes of one phase. */
class Outcomes {
  milliseconds = [];
  acknowledged = [];
  refused = [];
  others = {};
  sent = 0;

  note(number, begunAt, status, text) {
    const now = performance.now();
    if (status === 200) {
      this.milliseconds.push(now - begunAt);
      this.acknowledged.push(number);
    } else if (status === 503 && text.includes('push_not_in_time')) {
      this.refused.push(number);
      this.slowestRefusal = Math.max(this.slowestRefusal ?? 0, now - begunAt);
    } else {
      const what = status === 0 ? text : `${status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? text.slice(0, 80)}`;
      this.others[what] = (this.others[what] ?? 0) + 1;
    }
  }
}

class Connection {
  constructor(idle) {
    this.idle = idle;
    this.text = '';
    this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (part) => this.read(part));
    this.socket.on('error', (error) => this.end(0, error.code ?? error.message));
    this.socket.on('close', () => this.end(0, 'closed'));
  }

  send(outcomes, isFresh, then) {
    const { number, bytes } = nextPush(isFresh);
    outcomes.sent++;
    this.text = '';
    this.isFresh = isFresh;
    this.underWay = { outcomes, number, then, begunAt: performance.now() };
    this.socket.write(bytes);
  }

  get begunAt() {
    return this.underWay?.begunAt;
  }

  read(part) {
    this.text += part;
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.text)?.[1] ?? 0);
    if (this.text.length < end + 4 + length) return;
    const mustClose = this.isFresh || /^connection: close/im.test(this.text.slice(0, end));
    if (mustClose) this.socket.destroy();
    else this.idle.push(this);
    this.over(Number(this.text.slice(9, 12)), this.text.slice(end + 4));
  }

  /** Without an answer. */
  end(status, why) {
    this.isGone = true;
    this.over(status, why);
    this.socket.destroy();
  }

  over(status, text) {
    const { underWay } = this;
    this.underWay = undefined;
    if (!underWay) return;
    waiting.delete(this);
    underWay.outcomes.note(underWay.number, underWay.begunAt, status, text);
    underWay.then?.();
  }
}

/** In the order in which they began. */
const waiting = new Set();
// After what has arrived is read: this process may have been late itself.
setInterval(() => setImmediate(hangUp), 50);

function hangUp() {
  const latest = performance.now() - patienceMilliseconds;
  for (const one of waiting) {
    if (one.begunAt > latest) break;
    one.end(0, 'no answer within 5 s');
  }
}

const idle = [];

function push(outcomes, fresh, then) {
  const isFresh = Math.random() < fresh;
  let connection = isFresh ? undefined : idle.pop();
  while (connection?.isGone) connection = idle.pop();
  connection ??= new Connection(idle);
  waiting.add(connection);
  connection.send(outcomes, isFresh, then);
}

async function closed({ connections, fresh, seconds }, outcomes) {
  const end = performance.now() + seconds * 1_000;
  const one = () =>
    new Promise((done) => {
      const next = () => (performance.now() < end ? push(outcomes, fresh, next) : done());
      next();
    });
  await Promise.all(Array.from({ length: connections }, one));
}

async function open({ rate, fresh, seconds }, outcomes) {
  const begunAt = performance.now();
  await new Promise((done) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(performance.now() - begunAt, seconds * 1_000);
      const due = Math.floor((elapsed * rate) / 1_000);
      while (outcomes.sent < due) push(outcomes, fresh);
      if (elapsed < seconds * 1_000) return;
      clearInterval(timer);
      done();
    }, tickMilliseconds);
  });
  while (waiting.size > 0) await new Promise((done) => setTimeout(done, 10));
}

process.on('message', async (phase) => {
  const outcomes = new Outcomes();
  const begunAt = performance.now();
  await { closed, open }[phase.kind](phase, outcomes);
  const { milliseconds, acknowledged, refused, slowestRefusal = 0, others, sent } = outcomes;
  milliseconds.sort((a, b) => a - b);
  const at = (part) => Math.round(milliseconds[Math.min(milliseconds.length - 1, Math.floor(milliseconds.length * part))] ?? 0);
  process.send({
    sent,
    acknowledged,
    refused,
    others,
    seconds: (performance.now() - begunAt) / 1_000,
    median: at(0.5),
    p99: at(0.99),
    longest: at(1),
    slowestRefusal: Math.round(slowestRefusal),
    connections: idle.length,
  });
});
process.on('disconnect', () => process.exit());
process.send('ready');
