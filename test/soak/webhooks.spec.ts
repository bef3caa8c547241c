// Proves: every receiver gets every acknowledged event, and a dead or slow one holds up nobody. At most 15 minutes.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { callbackToken, eventPush, signedPush, textPush } from '../support/pusher.js';
import { Receiver, verified } from '../support/receiver.js';
import { until } from '../support/until.js';
import { WebhookHouse, appid } from '../support/webhook-house.js';
import { Fleet } from './fleet.js';
import { sized } from './size.js';

const minutes = 60_000;
const pushersAtOnce = 20;
const attemptsMax = 3;

interface Subscriber {
  readonly receiver: Receiver;
  readonly secret: string;
}

async function subscribers(fleet: Fleet, count: number): Promise<Subscriber[]> {
  const callback = { token: callbackToken };
  await fleet.admin('PUT', `/apps/${appid}`, { kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback });
  const { key } = await fleet.admin<{ key: string }>('POST', '/api-keys', {
    name: 'soak',
    appids: '*',
    scopes: ['webhooks', 'events:read'],
  });
  const made: Subscriber[] = [];
  for (let number = 0; number < count; number++) {
    const receiver = await Receiver.start();
    const answer = await fetch(`${String(fleet.replicas[0]?.url)}/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: receiver.url, appids: [appid], types: '*' }),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    made.push({ receiver, secret: ((await answer.json()) as { secret: string }).secret });
  }
  return made;
}

/** Sends one push as WeChat does: to whichever replica, three times at most. Tells whether it was acknowledged. */
async function push(fleet: Fleet, openid: string): Promise<boolean> {
  const body = eventPush('subscribe', {}, openid);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const { query } = signedPush(body, { appid });
    const to = fleet.replicas[Math.floor(Math.random() * fleet.replicas.length)];
    const answer = await fetch(`${String(to?.url)}/callbacks/${appid}?${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml' },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    if (answer?.status === 200 && (await answer.text().catch(() => '')) === 'success') return true;
    await pause(100);
  }
  return false;
}

describe('Every receiver', () => {
  it(
    'gets every acknowledged event when gateways are killed, and knows what it gets twice by its id',
    async () => {
      const { pushes, kills } = sized({ quick: { pushes: 300, kills: 2 }, full: { pushes: 10_000, kills: 10 } });
      const fleet = await Fleet.start(2, undefined, { WEBHOOK_ALLOW: '127.0.0.0/8' });
      const all = await subscribers(fleet, 3);

      const acknowledged: string[] = [];
      let [next, killed] = [0, 0];
      let killing: Promise<void> | undefined;
      const kill = async (): Promise<void> => {
        const [victim] = fleet.replicas;
        if (!victim) return;
        fleet.forget(victim);
        await Promise.all([fleet.add(), victim.process.end('SIGKILL')]);
      };
      const isDue = (): boolean => killed < kills && next >= ((killed + 1) * pushes) / (kills + 1);
      const pusher = async (): Promise<void> => {
        while (next < pushes) {
          while (isDue() && killing) await killing;
          if (isDue()) {
            killed++;
            killing = kill().finally(() => (killing = undefined));
          }
          const openid = `oPerson${next++}`;
          if (await push(fleet, openid)) acknowledged.push(openid);
        }
      };
      await Promise.all(Array.from({ length: pushersAtOnce }, pusher));
      await killing;
      expect(killed).toBe(kills);
      expect(acknowledged.length).toBeGreaterThan(pushes * 0.9);
      await until(
        () => fleet.database.query("SELECT state, count(*) FROM webhook_delivery WHERE state <> 'delivered' GROUP BY state"),
        (rows) => rows.length === 0,
        3 * minutes,
      );

      const ids = new Map<string, string>();
      for (const { receiver, secret } of all) {
        const heard = new Set<string>();
        for (const received of receiver.received) {
          const event = verified(received, secret) as { id: string; openid: string };
          heard.add(event.openid);
          // The same event under the same id, for this receiver and for every other.
          expect(received.headers['webhook-id']).toBe(event.id);
          expect(ids.get(event.openid) ?? event.id).toBe(event.id);
          ids.set(event.openid, event.id);
        }
        expect(acknowledged.filter((openid) => !heard.has(openid))).toEqual([]);
      }
    },
    10 * minutes,
  );

  it(
    'is told as soon as if there were no dead and no slow one beside it',
    async () => {
      const { pushes, rounds } = sized({ quick: { pushes: 60, rounds: 1 }, full: { pushes: 400, rounds: 3 } });
      const house = await WebhookHouse.build({ env: { DATABASE_POOL_SIZE: '8' } });
      const well = await Promise.all(Array.from({ length: 18 }, () => house.webhook()));
      const [dead, slow] = [await house.webhook({ url: 'http://127.0.0.1:9/' }, well[0]?.receiver), await house.webhook()];
      slow.receiver.does((_, reply) => void setTimeout(() => reply.writeHead(204).end(), 30_000).unref());

      // Rounds alternate, so that a slow minute of the machine hits both; of their percentiles the middle one counts.
      const [alone, beside]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++)
        for (const enabled of [false, true]) {
          // What waited for the two since the round before would be a load of its own.
          await house.gateway.database.query("DELETE FROM webhook_delivery WHERE state = 'waiting'");
          for (const { id } of [dead, slow]) await house.ask(`/webhooks/${id}`, 'PATCH', { enabled });
          const receivers = well.map(({ receiver }) => receiver);
          (enabled ? beside : alone).push(percentile(await delays(house, receivers, pushes), 99));
        }

      const [p99Alone, p99Beside] = [percentile(alone, 50), percentile(beside, 50)];
      console.log(
        `p99 of 18 receivers by round: ${alone.join(', ')} ms alone, ${beside.join(', ')} ms beside a dead and a slow one`,
      );
      expect(slow.receiver.received.length).toBeGreaterThan(0);
      // A small run on a busy machine is no measurement: there it only must not wait for the others.
      expect(p99Beside).toBeLessThan(sized({ quick: 5_000, full: Math.max(p99Alone * 1.2, p99Alone + 20) }));
    },
    10 * minutes,
  );
});

/** From each acknowledgement to each receipt, at a steady pace. */
async function delays(house: WebhookHouse, receivers: Receiver[], pushes: number): Promise<number[]> {
  const acknowledged = new Map<string, number>();
  for (const receiver of receivers) receiver.received.length = 0;
  for (let number = 0; number < pushes; number++) {
    const due = pause(50);
    const openid = `oPerson${number}`;
    await house.push(textPush('hi', openid));
    acknowledged.set(openid, Date.now());
    await due;
  }
  await Promise.all(receivers.map((receiver) => receiver.gets(pushes, minutes)));
  return receivers.flatMap(({ received }) =>
    received.map(({ text, at }) => at - (acknowledged.get((JSON.parse(text) as { openid: string }).openid) ?? at)),
  );
}

const percentile = (numbers: number[], percent: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor((numbers.length * percent) / 100))] ?? 0;
