// Proves: after failovers that lose the last commits no dead token is handed out, no event is skipped in silence, nothing is sent twice. At most 30 minutes. Needs PostgreSQL's own programs (pg_basebackup).
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makePerson } from '../load/world.js';
import { orderShipped } from '../load/sending.js';
import { callbackToken, signedPush, textPush } from '../support/pusher.js';
import { Receiver, verified } from '../support/receiver.js';
import { until } from '../support/until.js';
import { TestWechat, demoApp } from '../support/wechat.js';
import { Fleet } from './fleet.js';
import { Pair } from './pair.js';
import { sized } from './size.js';

const failovers = sized({ quick: 2, full: 10 });
const replicas = 3;
const minutes = 60_000;

describe('A failover that loses the last commits', () => {
  it.each([
    { mode: 'classic', fetchedAt: '/cgi-bin/token' },
    { mode: 'stable', fetchedAt: '/cgi-bin/stable_token' },
  ])(
    'hands out no dead token a second later ($mode), fetches none needlessly, and skips no event without a 410',
    async ({ mode, fetchedAt }) => {
      const wechat = await TestWechat.start();
      const pair = await Pair.start();
      const database = { url: pair.primary.url, query: (sql: string, values?: unknown[]) => pair.primary.query(sql, values) };
      const fleet = await Fleet.start(replicas, wechat, {}, database as never);
      const { secret, kind, name } = await wechat.app();
      const app = { kind, name, secret, token_mode: mode, callback: { token: callbackToken } };
      await fleet.admin('PUT', `/apps/${demoApp}`, app);
      const { key } = await fleet.admin<{ key: string }>('POST', '/api-keys', {
        name: 'reader',
        appids: '*',
        scopes: ['events:read'],
      });
      const fetches = () => wechat.calls(fetchedAt, demoApp);
      let said = 0;
      const pushNext = async (): Promise<string> => {
        const content = `event ${said++}`;
        const body = textPush(content, `oPerson${said}`);
        await until(
          async () => {
            const { query } = signedPush(body, { appid: demoApp });
            const url = `${fleet.replicas[said % replicas]?.url ?? ''}/callbacks/${demoApp}?${query}`;
            return (await fetch(url, { method: 'POST', body })).status;
          },
          (status) => status === 200,
          30_000,
        );
        return content;
      };
      const list = async (query: string): Promise<{ status: number; contents: string[]; cursor: string; code: string }> => {
        const url = `${fleet.replicas[0]?.url ?? ''}/v1/apps/${demoApp}/events?limit=100&${query}`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
        const read = (await answer.json()) as {
          items?: { data: { Content: string } }[];
          resume_cursor: string;
          code: string;
        };
        const contents = (read.items ?? []).map(({ data }) => data.Content);
        return { status: answer.status, contents, cursor: read.resume_cursor, code: read.code };
      };
      const readAll = () => Promise.all(fleet.replicas.map((replica) => fleet.read(demoApp, replica)));
      await readAll();

      for (let round = 0; round < failovers; round++) {
        await pushNext();
        const earlier = await list('');
        expect(earlier.status).toBe(200);
        await partInStep(pair);

        // All this is lost: a death of the token and its successor, events, and what a reader was told of them.
        const former = (await readAll())[0]?.token ?? '';
        await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: mode });
        const renewed = await until(
          () => fleet.reject(demoApp, former),
          ({ status, token }) => status === 200 && token !== former,
          90_000,
        );
        await until(readAll, (answers) => answers.every(({ token }) => token === renewed.token), 30_000);
        const lost = await pushNext();
        const later = await list('');
        expect(later).toMatchObject({ status: 200, contents: [...earlier.contents, lost] });
        const fetched = await fetches();

        await failOver(pair, fleet);
        await pause(1_000);

        // A second after the promotion, and for as long as it takes until everybody is at work again.
        await until(
          async () => {
            for (const { status, token } of await readAll()) expect([status, token]).toEqual([200, renewed.token]);
            return isNewEpoch(pair);
          },
          (isThere) => isThere,
          30_000,
        );
        const fresh = await pushNext();
        for (const { cursor } of [earlier, later]) {
          const refused = await until(
            () => list(`cursor=${cursor}`),
            ({ status }) => status !== 503,
            30_000,
          );
          expect([refused.status, refused.code]).toEqual([410, 'cursor_of_another_time']);
        }
        const again = await list('since=2026-01-01T00:00:00Z');
        expect(again.contents).toEqual([...earlier.contents, fresh]);
        // The token is proven: a replica that comes new is given the same, and WeChat was not asked again.
        await until(
          () => pair.primary.query('SELECT 1 FROM credential WHERE epoch = current_epoch() AND sealed_value IS NOT NULL'),
          (rows) => rows.length === 1,
          30_000,
        );
        for (const { status, token } of await readAll()) expect([status, token]).toEqual([200, renewed.token]);
        expect(await wechat.takes(renewed.token)).toBe(true);
        expect(await fetches()).toBe(fetched);
        // Deaths further apart than ten minutes, so that no pause comes between.
        await pair.primary.query("UPDATE credential SET died_at = died_at - interval '20 minutes'");
        await pair.follow(`standby-${round + 1}`);
      }

      const logs = fleet.replicas.map(({ process }) => process.output).join('');
      expect(logs).not.toContain('A bug');
    },
    12 * minutes,
  );

  it(
    'delivers everything that is left under the ids of before, sends nothing twice, and says which keys work again',
    async () => {
      const wechat = await TestWechat.start();
      const pair = await Pair.start();
      const database = { url: pair.primary.url, query: (sql: string, values?: unknown[]) => pair.primary.query(sql, values) };
      const fleet = await Fleet.start(replicas, wechat, { WEBHOOK_ALLOW: '127.0.0.0/8' }, database as never);
      await fleet.register(wechat, demoApp, { callback: { token: callbackToken } });
      const key = await makeKey(fleet, 'service', ['webhooks', 'events:read', 'messages:send']);
      const openid = await makePerson(wechat, 'lin');
      const shop = new Shop(fleet, wechat, key.key, openid);
      const subscriber = await Subscriber.start(fleet, key.key);

      for (let round = 0; round < failovers; round++) {
        const revoked = await makeKey(fleet, `revoked ${round}`, ['users:read']);
        const kept = await push(fleet, `kept ${round}`);
        const early = await shop.send(`early-${round}`);
        subscriber.refuses = true;
        const waiting = await push(fleet, `waiting ${round}`);
        await subscriber.hearsOf(kept);
        await partInStep(pair);

        // All this is lost: a delivery and the event of another, a message that was sent, the end of a key, another key.
        subscriber.refuses = false;
        const lost = await push(fleet, `lost ${round}`);
        await subscriber.hearsOf(lost);
        const sent = await shop.send(`lost-${round}`);
        await fleet.admin('DELETE', `/api-keys/${revoked.id}`);
        const made = await makeKey(fleet, `made ${round}`, ['users:read']);
        await until(
          () => Promise.all(fleet.replicas.map(({ url }) => ownKeyAt(url, revoked.key))),
          (statuses) => !statuses.includes(200),
          30_000,
        );

        await failOver(pair, fleet);
        await until(
          () => isNewEpoch(pair),
          (isThere) => isThere,
          30_000,
        );
        const fresh = await push(fleet, `fresh ${round}`);

        for (const content of [kept, waiting, fresh]) await subscriber.hearsOf(content);
        // What WeChat still knows is sent once, whoever remembers it.
        expect(await shop.send(early.number)).toEqual(early);
        await shop.send(sent.number);
        await shop.send(`fresh-${round}`);
        // The database does not know that it was revoked; the replicas do, and say so. Of the other, whoever had heard of it.
        await until(
          () =>
            fleet.replicas.map(({ process: { output } }) => [
              output.includes(`API key ${revoked.id} (revoked ${round}) works again`),
              output.includes(`API key ${made.id} (made ${round}) is gone`),
            ]),
          (said) => said.every(([again]) => again) && said.some(([, gone]) => gone),
          30_000,
        );
        await fleet.admin('DELETE', `/api-keys/${revoked.id}`);
        await until(
          () => Promise.all(fleet.replicas.flatMap(({ url }) => [ownKeyAt(url, revoked.key), ownKeyAt(url, made.key)])),
          (statuses) => !statuses.includes(200),
          30_000,
        );
        await pair.follow(`standby-${round + 1}`);
      }

      subscriber.expectOneIdEach(await contentsLeft(fleet, key.key));
      await shop.expectEachOnce();
      const logs = fleet.replicas.map(({ process }) => process.output).join('');
      expect(logs).not.toContain('A bug');
    },
    12 * minutes,
  );
});

/** The standby has everything, and nothing that comes after. */
async function partInStep(pair: Pair): Promise<void> {
  await until(
    () => pair.primary.query('SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()'),
    (rows) => rows.length === 1,
    30_000,
  );
  await pair.part();
}

async function failOver(pair: Pair, { proxy }: Fleet): Promise<void> {
  await pair.promote();
  proxy.retarget(pair.primary.url);
  proxy.cut();
  proxy.mend();
}

const isNewEpoch = async (pair: Pair): Promise<boolean> =>
  (await pair.primary.query('SELECT 1 FROM epoch WHERE current_epoch() IS NOT NULL')).length === 1;

const makeKey = (fleet: Fleet, name: string, scopes: string[]): Promise<{ id: string; key: string }> =>
  fleet.admin('POST', '/api-keys', { name, appids: '*', scopes });

const ownKeyAt = async (url: string, key: string): Promise<number> =>
  (await fetch(`${url}/v1/key`, { headers: { authorization: `Bearer ${key}` } })).status;

const replicaOf = (fleet: Fleet): string => fleet.replicas[Math.floor(Math.random() * replicas)]?.url ?? '';

/** As WeChat does it: the same again, until it is acknowledged. */
async function push(fleet: Fleet, content: string): Promise<string> {
  const body = textPush(content);
  const { query } = signedPush(body, { appid: demoApp });
  await until(
    async () => (await fetch(`${replicaOf(fleet)}/callbacks/${demoApp}?${query}`, { method: 'POST', body })).status,
    (status) => status === 200,
    30_000,
  );
  return content;
}

async function contentsLeft(fleet: Fleet, key: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${replicaOf(fleet)}/v1/apps/${demoApp}/events?limit=200&type=message.text`, { headers });
  return ((await answer.json()) as { items: { data: { Content: string } }[] }).items.map(({ data }) => data.Content);
}

/** A receiver of webhooks, and under which ids it heard of what. */
class Subscriber {
  refuses = false;
  private readonly heard = new Map<string, Set<string>>();

  static async start(fleet: Fleet, key: string): Promise<Subscriber> {
    const receiver = await Receiver.start();
    const answer = await fetch(`${replicaOf(fleet)}/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: receiver.url, appids: [demoApp], types: ['message.text'] }),
    });
    const { secret } = (await answer.json()) as { secret: string };
    const subscriber = new Subscriber();
    receiver.does((received, reply) => {
      const { id, data } = verified(received, secret) as { id: string; data: { Content: string } };
      expect(received.headers['webhook-id']).toBe(id);
      const isTaken = !subscriber.refuses || !data.Content.startsWith('waiting');
      if (isTaken) subscriber.heard.set(data.Content, (subscriber.heard.get(data.Content) ?? new Set()).add(id));
      reply.writeHead(isTaken ? 204 : 503).end();
    });
    return subscriber;
  }

  async hearsOf(content: string): Promise<void> {
    await until(
      () => this.heard.has(content),
      (has) => has,
      120_000,
    );
  }

  expectOneIdEach(contents: string[]): void {
    expect(contents.filter((content) => !this.heard.has(content))).toEqual([]);
    expect([...this.heard].filter(([, ids]) => ids.size !== 1)).toEqual([]);
  }
}

interface Order {
  readonly number: string;
  readonly id: string;
}

/** Tells of orders by template messages, each under its name, again until it is answered. */
class Shop {
  private readonly sent = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly wechat: TestWechat,
    private readonly key: string,
    private readonly openid: string,
  ) {}

  async send(number: string): Promise<Order> {
    const data = { character_string1: { value: number }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } };
    const body = JSON.stringify({ touser: this.openid, template_id: orderShipped, data });
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', 'idempotency-key': number };
    const url = () => `${replicaOf(this.fleet)}/v1/apps/${demoApp}/template-messages`;
    const answered = await until(
      async () => {
        const answer = await fetch(url(), { method: 'POST', headers, body });
        return { status: answer.status, body: (await answer.json()) as { id: string } };
      },
      ({ status }) => status === 201,
      120_000,
    );
    this.sent.add(number);
    return { number, id: answered.body.id };
  }

  async expectEachOnce(): Promise<void> {
    const inbox = await this.wechat.control<{ body: { data: { character_string1: { value: string } } } }[]>(
      'GET',
      `/people/lin/inbox?appid=${demoApp}`,
    );
    const came = inbox.map(({ body }) => body.data.character_string1.value);
    expect([...came].sort()).toEqual([...this.sent].sort());
  }
}
