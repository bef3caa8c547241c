import { eventPush, signedPush } from '../support/pusher.js';
import { type Receiver, verified } from '../support/receiver.js';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import type { Caller } from './load.js';
import { type World, patience, pick, pushedApp } from './world.js';

interface Pushed {
  readonly openid: string;
  readonly xml: string;
  at: number;
}

interface Subscriber {
  /** The number of the first push that it must hear of. */
  readonly heardFrom: number;
  /** Under which id it heard of each person. */
  readonly heard: Map<string, string>;
  readonly wrong: string[];
}

/** Counts what the handler of follow events does where it is done: in the database, whichever release does it. */
export async function countEffects(database: Pick<TestDatabase, 'query'>): Promise<void> {
  await database.query('CREATE TABLE effect (openid text)');
  await database.query(
    `CREATE FUNCTION count_effect() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN INSERT INTO effect VALUES (NEW.openid); RETURN NULL; END $$`,
  );
  await database.query(
    `CREATE TRIGGER effect AFTER INSERT OR UPDATE ON wechat_user FOR EACH ROW
       WHEN (NEW.appid = '${pushedApp}') EXECUTE FUNCTION count_effect()`,
  );
}

/** WeChat, which tells of people who begin to follow, and says some of it again. */
export class Pushing implements Caller {
  readonly name = 'pushes';
  private acknowledged: Pushed[] = [];
  private readonly subscribers: Subscriber[] = [];
  private count = 0;

  constructor(
    private readonly world: World,
    private readonly database: Pick<TestDatabase, 'query'>,
  ) {}

  /** A webhook, made by whichever release is serving, that must hear of every push from now on. */
  async subscribe(receiver: Receiver): Promise<void> {
    const { body } = await this.world.ask('POST', '/v1/webhooks', {
      body: { url: receiver.url, appids: [pushedApp], types: '*' },
      expect: [201],
    });
    const subscriber = { heardFrom: this.count, heard: new Map<string, string>(), wrong: [] as string[] };
    this.subscribers.push(subscriber);
    const refused = new Set<string>();
    receiver.does((received, reply) => {
      const { id, openid } = verified(received, String(body.secret)) as { id: string; openid: string };
      // Some are taken only at the second attempt, which may be another release's.
      const isRefused = id.endsWith('A') && !refused.has(id);
      refused.add(id);
      if (received.headers['webhook-id'] !== id || (subscriber.heard.get(openid) ?? id) !== id) subscriber.wrong.push(openid);
      if (!isRefused) subscriber.heard.set(openid, id);
      reply.writeHead(isRefused ? 503 : 204).end();
    });
  }

  async turn(): Promise<void> {
    const openid = `oPerson${this.count++}`;
    const pushed = { openid, xml: eventPush('subscribe', {}, openid), at: 0 };
    await this.push(pushed);
    this.acknowledged.push(Object.assign(pushed, { at: Date.now() }));
    await this.push(pick([pushed, pick(this.acknowledged.slice(-1_000))]));
  }

  lose(since: number): Promise<void> {
    this.acknowledged = this.acknowledged.filter(({ at }) => at < since);
    return Promise.resolve();
  }

  async prove(): Promise<void> {
    await until(
      () => this.database.query('SELECT 1 FROM event_task LIMIT 1'),
      (rows) => rows.length === 0,
      patience,
    );
    const ids = await this.expectKeptOnce();
    await this.expectDoneOnce();
    for (const subscriber of this.subscribers) await this.expectHeard(subscriber, ids);
  }

  private async push({ xml }: Pushed): Promise<void> {
    const { query } = signedPush(xml, { appid: pushedApp });
    const { text } = await this.world.ask('POST', `/callbacks/${pushedApp}?${query}`, {
      body: xml,
      headers: { 'content-type': 'text/xml' },
    });
    if (text !== 'success') throw new Error(`A push was answered ${text}`);
  }

  private async expectKeptOnce(): Promise<Map<string, string>> {
    const events = await this.world.all<{ id: string; openid: string }>(`/v1/apps/${pushedApp}/events`);
    const ids = new Map(events.map(({ id, openid }) => [openid, id]));
    const lost = this.acknowledged.filter(({ openid }) => !ids.has(openid));
    if (lost.length > 0 || events.length !== ids.size)
      throw new Error(
        `Of ${this.acknowledged.length} pushes ${lost.length} were lost; ${ids.size} people have ${events.length} events`,
      );
    return ids;
  }

  private async expectDoneOnce(): Promise<void> {
    const effects = await this.database.query<{ openid: string }>('SELECT openid FROM effect');
    const people = new Set(effects.map(({ openid }) => openid));
    const undone = this.acknowledged.filter(({ openid }) => !people.has(openid));
    if (undone.length > 0 || effects.length !== people.size)
      throw new Error(
        `Of ${this.acknowledged.length} pushes ${undone.length} had no effect; ${people.size} people have ${effects.length} effects`,
      );
  }

  /** At least once, and under the id that the event has everywhere. */
  private async expectHeard({ heardFrom, heard, wrong }: Subscriber, ids: Map<string, string>): Promise<void> {
    const expected = this.acknowledged.filter(({ openid }) => Number(openid.slice('oPerson'.length)) >= heardFrom);
    await until(
      () => expected.filter(({ openid }) => !heard.has(openid)).map(({ openid }) => openid),
      (missing) => missing.length === 0,
      patience,
    );
    const strange = expected.filter(({ openid }) => heard.get(openid) !== ids.get(openid)).map(({ openid }) => openid);
    if (strange.length + wrong.length > 0) throw new Error(`Under another id came ${[...strange, ...wrong].join(', ')}`);
  }
}
