import { createHash, randomInt } from 'node:crypto';
import autocannon from 'autocannon';
import pg from 'pg';
import { startGateway } from '../gateway.mjs';

const appid = 'wx00000000000000aa';
const token = 'BenchToken';
const connections = 64;
const steadyRate = 500;

let serial = BigInt(Date.now()) * 1_000_000n;

const push = () =>
  `<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n<FromUserName><![CDATA[oPerson${randomInt(10_000)}]]></FromUserName>\n<CreateTime>${Math.floor(Date.now() / 1_000)}</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[你好]]></Content>\n<MsgId>${serial++}</MsgId></xml>`;

/** Signed anew each time: a signature is good for one body. */
function signed(request) {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = String(serial++);
  const signature = createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex');
  const path = `/callbacks/${appid}?signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`;
  return { ...request, method: 'POST', path, headers: { 'content-type': 'text/xml' }, body: push() };
}

async function acknowledged(gateway, seconds, rate) {
  const load = await autocannon({
    url: gateway.url,
    connections,
    duration: seconds,
    ...(rate && { overallRate: rate }),
    requests: [{ setupRequest: signed }],
  });
  if (load.non2xx > 0 || load.errors > 0) throw new Error(`${load.non2xx} refused, ${load.errors} errors`);
  return { perSecond: load['2xx'] / load.duration, p50: load.latency.p50, p99: load.latency.p99 };
}

/** The floor: one row after the other, each with a commit of its own, on one connection. */
async function inserted(client, seconds) {
  let rows = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    await client.query('INSERT INTO bare (data) VALUES ($1)', [push()]);
    rows++;
  }
  return { perSecond: rows / ((performance.now() - began) / 1_000) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** How many pushes are stored and answered, with and without gathering commits, against bare inserts in the same run. */
export const scenario = {
  name: 'acknowledged callbacks',
  seconds: { quick: 20, full: 75 },
  async run({ databaseUrl, masterKey, undo, rounds, quick }) {
    const seconds = quick ? 1 : 3;
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {});
    await client.connect();
    undo.push(() => client.end());
    const gathering = await startGateway({ databaseUrl, masterKey });
    undo.push(() => gathering.stop());
    const single = await startGateway({ databaseUrl, masterKey, env: { EVENTS_PER_COMMIT: '1' } });
    undo.push(() => single.stop());
    await gathering.admin('/apps', {
      appid,
      kind: 'official_account',
      name: 'bench',
      secret: '0'.repeat(32),
      callback: { token },
    });
    await client.query('CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text)');

    const contestants = [
      ['gathering', (time) => acknowledged(gathering, time)],
      ['one by one', (time) => acknowledged(single, time)],
      ['bare inserts', (time) => inserted(client, time)],
    ];
    const results = new Map(contestants.map(([name]) => [name, []]));
    for (const [, measure] of contestants) await measure(1);
    for (let round = 0; round < rounds; round++)
      for (const [name, measure] of round % 2 ? contestants.toReversed() : contestants)
        results.get(name).push(await measure(seconds));
    const steady = await acknowledged(gathering, quick ? 2 : 10, steadyRate);

    const middle = (name) => median(results.get(name).map(({ perSecond }) => perSecond));
    for (const [name] of contestants) console.log(`  ${name.padEnd(16)}${middle(name).toFixed(0).padStart(8)} /s`);
    const ratio = (one, other) =>
      median(results.get(one).map(({ perSecond }, at) => perSecond / results.get(other)[at].perSecond)).toFixed(2);
    console.log(
      `  gathering over bare inserts ${ratio('gathering', 'bare inserts')}, over one by one ${ratio('gathering', 'one by one')}`,
    );
    console.log(`  at ${steadyRate}/s: p50 ${steady.p50} ms, p99 ${steady.p99} ms (${steady.perSecond.toFixed(0)}/s reached)`);
  },
};
