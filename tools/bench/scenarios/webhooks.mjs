import { createHash } from 'node:crypto';
import http from 'node:http';
import { setTimeout as passed } from 'node:timers/promises';
import pg from 'pg';
import { startBareServer } from '../bare-server.mjs';
import { startGateway } from '../gateway.mjs';

const appid = 'wx00000000000000aa';
const token = 'BenchToken';
const receivers = 20;
const steadyRate = 200;
const postsAtOnce = 10 * receivers;

let serial = Date.now() * 1_000;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const percentile = (numbers, percent) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length * percent) / 100)];

/** Until the outbox is empty, from the commit that filled it. */
async function drained(client, events) {
  await client.query(
    `INSERT INTO event (id, appid, type, openid, dedupe_key, data, is_decided)
     SELECT 'evt_' || lpad((n + $3::bigint)::text, 22, '0'), $1, 'message.text', 'oPerson' || n, 'bench' || (n + $3::bigint),
            '{"ToUserName": "gh_97417a04a28d", "FromUserName": "oPerson", "CreateTime": "1769860800", "MsgType": "text", "Content": "你好", "MsgId": "6074746557628292916"}', true
       FROM generate_series(1, $2) AS n`,
    [appid, events, (serial += events)],
  );
  const began = performance.now();
  const left = async () =>
    (await client.query("SELECT count(*)::int AS count FROM webhook_delivery WHERE state = 'waiting'")).rows[0].count;
  while ((await left()) > 0) await passed(50);
  return (events * receivers) / ((performance.now() - began) / 1_000);
}

/** The floor: the same bytes posted by as many connections, with nothing kept and nothing signed. */
async function posted(url, body, count) {
  const agent = new http.Agent({ keepAlive: true });
  let next = 0;
  const post = (number) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'webhook-id': String(number),
      };
      http
        .request(`${url}/bare`, { method: 'POST', agent, headers }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
        .end(body);
    });
  const began = performance.now();
  const poster = async () => {
    while (next < count) await post(next++);
  };
  await Promise.all(Array.from({ length: postsAtOnce }, poster));
  agent.destroy();
  return count / ((performance.now() - began) / 1_000);
}

/** From each acknowledgement to its receipt, at a steady rate, in milliseconds. */
async function delays(gateway, url, seconds) {
  await fetch(url, { method: 'DELETE' });
  const acknowledged = new Map();
  const push = async (openid) => {
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1_000)), String(serial++)];
    const signature = createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex');
    const body = `<xml><ToUserName>gh_97417a04a28d</ToUserName><FromUserName>${openid}</FromUserName><CreateTime>${timestamp}</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>${serial++}</MsgId></xml>`;
    const { status } = await gateway.ask(`/callbacks/${appid}?signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body,
    });
    if (status !== 200) throw new Error(`A push was answered ${status}`);
    acknowledged.set(openid, Date.now());
  };
  const pushes = [];
  for (const began = performance.now(); pushes.length < seconds * steadyRate;) {
    const due = ((performance.now() - began) * steadyRate) / 1_000;
    while (pushes.length < Math.min(due, seconds * steadyRate)) pushes.push(push(`oSteady${serial}x${pushes.length}`));
    await passed(2);
  }
  await Promise.all(pushes);
  await passed(1_000);
  return acknowledged;
}

/** How fast kept events go out, and how soon. */
export const scenario = {
  name: 'webhooks',
  seconds: { quick: 30, full: 180 },
  async run({ databaseUrl, masterKey, undo, rounds, quick }) {
    const events = quick ? 150 : 1_000;
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {});
    await client.connect();
    undo.push(() => client.end());
    const gateway = await startGateway({ databaseUrl, masterKey, env: { WEBHOOK_ALLOW: '127.0.0.0/8' } });
    undo.push(() => gateway.stop());
    const receiver = await startBareServer('receiver', '');
    undo.push(() => receiver.stop());
    await gateway.admin('/apps', { appid, kind: 'official_account', name: 'bench', secret: '0'.repeat(32), callback: { token } });
    const { key } = await gateway.admin('/api-keys', { name: 'bench', appids: '*', scopes: ['webhooks', 'events:read'] });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const made = [];
    for (let number = 0; number < receivers; number++) {
      const order = JSON.stringify({ url: `${receiver.url}/${number}`, appids: [appid], types: '*' });
      const answer = await gateway.ask('/v1/webhooks', { method: 'POST', headers, body: order });
      if (answer.status !== 201) throw new Error(answer.text);
      made.push(JSON.parse(answer.text).id);
    }

    await drained(client, 20);
    const { text: page } = await gateway.ask(`/v1/apps/${appid}/events?limit=1`, { headers });
    const body = JSON.stringify(JSON.parse(page).items[0]);
    const [ours, floor] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const [first, second] = round % 2 ? [floor, ours] : [ours, floor];
      for (const list of [first, second])
        list.push(list === ours ? await drained(client, events) : await posted(receiver.url, body, events * receivers));
    }

    // One receiver is told of what comes in; the others would only be more of the same.
    for (const id of made.slice(1))
      await gateway.ask(`/v1/webhooks/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ enabled: false }) });
    const acknowledged = await delays(gateway, receiver.url, quick ? 3 : 15);
    const ids = await client.query("SELECT id, openid FROM event WHERE openid LIKE 'oSteady%'");
    const seen = new Map(await (await fetch(receiver.url)).json());
    const waits = ids.rows.map(({ id, openid }) => seen.get(`/0 ${id}`) - acknowledged.get(openid));
    if (waits.some((wait) => Number.isNaN(wait))) throw new Error('Not every event was received');

    console.log(
      `  deliveries      ${median(ours).toFixed(0).padStart(8)} /s to ${receivers} receivers, each signed, answered and noted`,
    );
    console.log(`  bare posts      ${median(floor).toFixed(0).padStart(8)} /s of the same bytes`);
    console.log(`  deliveries over bare posts ${median(ours.map((one, at) => one / floor[at])).toFixed(2)}`);
    console.log(
      `  at ${steadyRate}/s, from acknowledgement to receipt: p50 ${percentile(waits, 50)} ms, p95 ${percentile(waits, 95)} ms, p99 ${percentile(waits, 99)} ms`,
    );
  },
};
