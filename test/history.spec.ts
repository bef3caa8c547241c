import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { afterThisTest } from './support/cleanup.js';
import { type TestGateway, adminToken } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

interface Page {
  readonly items: { readonly id: string; readonly data?: { readonly Content?: string }; readonly action?: string }[];
  readonly next_cursor: string | null;
  readonly resume_cursor: string;
}

async function pageOf(gateway: TestGateway, path: string, key: string, query: Record<string, string> = {}): Promise<Page> {
  const { status, text, body } = await gateway.ask(`${path}?${new URLSearchParams(query).toString()}`, { key });
  if (status !== 200) throw new Error(text);
  return body as unknown as Page;
}

/** All pages from a cursor to the end. */
async function readOn(read: (query: Record<string, string>) => Promise<Page>, cursor?: string): Promise<Page> {
  const items: Page['items'] = [];
  let page = await read(cursor === undefined ? {} : { cursor });
  items.push(...page.items);
  while (page.next_cursor !== null) {
    page = await read({ cursor: page.next_cursor });
    items.push(...page.items);
  }
  return { ...page, items };
}

const contentsOf = ({ items }: Pick<Page, 'items'>): unknown[] => items.map(({ data }) => data?.Content);
const events = `/v1/apps/${appid}/events`;

/** A connection of the test's own, with a transaction that ends when the test says so. */
async function client(house: WebhookHouse): Promise<pg.Client> {
  const own = new pg.Client({ connectionString: house.gateway.database.url });
  await own.connect();
  afterThisTest(() => own.end());
  return own;
}

const waiting = async (house: WebhookHouse, lock: number): Promise<boolean> =>
  (await house.gateway.database.query('SELECT 1 FROM pg_locks WHERE classid = $1 AND NOT granted', [lock])).length > 0;

describe('A poller that keeps resume_cursor', () => {
  it('is told every event once while they come in through two replicas', async () => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const sent = Array.from({ length: 120 }, (_, number) => `event ${number}`);
    const told: unknown[] = [];
    let { resume_cursor: cursor } = await pageOf(house.gateway, events, house.key);

    let isOver = false;
    const pushing = Promise.all(
      [house.gateway, twin].map(async (to, half) => {
        const mine = sent.filter((_, number) => number % 2 === half);
        while (mine.length > 0) await Promise.all(mine.splice(0, 4).map((content) => house.push(textPush(content), { to })));
      }),
    ).finally(() => (isOver = true));
    for (let last = false; !last;) {
      last = isOver;
      const page = await pageOf(last ? house.gateway : twin, events, house.key, { cursor, limit: '7' });
      told.push(...contentsOf(page));
      cursor = page.resume_cursor;
      last &&= page.next_cursor === null;
    }
    await pushing;

    expect([...told].sort()).toEqual([...sent].sort());
    expect((await pageOf(house.gateway, events, house.key, { cursor })).items).toEqual([]);
  });

  it('has one from the first answer on, though there was nothing, or nothing that fits', async () => {
    const house = await WebhookHouse.build();
    const others = { type: 'message.image' };
    const before = await pageOf(house.gateway, events, house.key);
    await house.push(textPush('a'));
    const unfitting = await pageOf(house.gateway, events, house.key, others);

    await house.push(textPush('b'));

    expect([before.items, before.next_cursor, unfitting.items, unfitting.next_cursor]).toEqual([[], null, [], null]);
    expect(contentsOf(await pageOf(house.gateway, events, house.key, { cursor: before.resume_cursor }))).toEqual(['a', 'b']);
    // What did not fit was seen: it is not looked through again.
    expect(contentsOf(await pageOf(house.gateway, events, house.key, { cursor: unfitting.resume_cursor }))).toEqual(['b']);
  });

  it('misses no entry of the audit log that is committed after a later one', async () => {
    const house = await WebhookHouse.build();
    const read = (query: Record<string, string>): Promise<Page> =>
      pageOf(house.gateway, '/admin/v1/audit-log', adminToken, { order: 'asc', ...query });
    const { resume_cursor: cursor } = await readOn(read);
    const slow = await client(house);
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO audit_entry (actor, action, subject, details, address, request_id) VALUES ('admin', 'slow', 'x', '{}', '-', '-')`,
    );

    let isMade = false;
    const making = house.gateway.makeKey().finally(() => (isMade = true));
    await until(
      async () => isMade || waiting(house, 4207),
      (seen) => seen,
    );
    const meanwhile = await readOn(read, cursor);
    await slow.query('COMMIT');
    await making;
    const after = await readOn(read, meanwhile.resume_cursor);

    expect([...meanwhile.items, ...after.items].map(({ action }) => action)).toEqual(['slow', 'api_key.create']);
  });

  it('misses no attempt that is committed after a later one', async () => {
    const house = await WebhookHouse.build();
    await house.gateway.twin();
    const { id } = await house.webhook();
    const read = (query: Record<string, string>): Promise<Page> =>
      pageOf(house.gateway, `/v1/webhooks/${id}/attempts`, house.key, { order: 'asc', ...query });
    const gate = await client(house);
    await gate.query(`
      SELECT pg_advisory_lock(77, 1);
      CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.seq = (SELECT min(seq) FROM event) THEN PERFORM pg_advisory_xact_lock(77, 1); END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER webhook_attempt_waits BEFORE INSERT ON webhook_attempt FOR EACH ROW EXECUTE FUNCTION wait_for_test()
    `);

    await house.push(textPush('a'));
    await until(
      () => waiting(house, 77),
      (seen) => seen,
    );
    // Whoever noted the first one waits with its number in hand; the other replica sends the second.
    await house.push(textPush('b'));
    await until(
      async () => (await waiting(house, 4208)) || (await readOn(read)).items.length > 0,
      (seen) => seen,
    );
    const meanwhile = await readOn(read);
    await gate.query('SELECT pg_advisory_unlock(77, 1)');
    const told = [...meanwhile.items];
    let { resume_cursor: cursor } = meanwhile;
    await until(
      async () => {
        const page = await readOn(read, cursor);
        cursor = page.resume_cursor;
        told.push(...page.items);
        return told.length;
      },
      (length) => length >= 2,
    );

    expect(new Set(told.map(({ id: one }) => one)).size).toBe(told.length);
    expect(told).toHaveLength(2);
  });
});

describe('A list of what happened', () => {
  it('is read either way, within times, and on from where it was begun', async () => {
    const house = await WebhookHouse.build();
    const read = (query: Record<string, string>): Promise<Page> => pageOf(house.gateway, events, house.key, query);
    for (const content of ['a', 'b', 'c', 'd']) await house.push(textPush(content));

    const newest = await read({ order: 'desc', limit: '3' });
    await house.push(textPush('e'));
    const oldest = await read({ order: 'desc', limit: '3', cursor: newest.next_cursor ?? '' });

    expect([contentsOf(newest), contentsOf(oldest)]).toEqual([['d', 'c', 'b'], ['a']]);
    expect(oldest.next_cursor).toBeNull();
    for (const { resume_cursor: cursor } of [newest, oldest])
      for (const order of ['asc', 'desc']) expect(contentsOf(await read({ cursor, order }))).toEqual(['e']);

    await house.gateway.database.query("UPDATE event SET received_at = '2026-01-01T00:00:00Z' WHERE data->>'Content' = 'b'");
    const [since, until_] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];
    const within = await read({ since, until: until_ });
    expect(contentsOf(within)).toEqual(['b']);
    expect(contentsOf(await read({ since, until: since }))).toEqual([]);
    // What `until` left out was not told yet.
    expect(contentsOf(await read({ cursor: within.resume_cursor }))).toEqual(['c', 'd', 'e']);
  });

  it('walks backwards through what came since, too, in pages', async () => {
    const house = await WebhookHouse.build();
    const read = (query: Record<string, string>): Promise<Page> =>
      pageOf(house.gateway, '/admin/v1/audit-log', adminToken, { limit: '2', ...query });
    const { resume_cursor: cursor } = await read({});
    for (const name of ['one', 'two', 'three']) await house.gateway.makeKey({ name });

    const since = await readOn(read, cursor);

    expect(since.items).toHaveLength(3);
    expect((await read({ cursor: since.resume_cursor })).items).toEqual([]);
  });

  it('goes on from a cursor of release 0.1.0, which is where its list goes on in its usual order', async () => {
    const house = await WebhookHouse.build();
    const { items } = await pageOf(house.gateway, '/admin/v1/audit-log', adminToken);
    const numbers = await house.gateway.database.query<{ id: string }>('SELECT id FROM audit_entry ORDER BY id DESC');
    const cursor = Buffer.from(numbers[1]?.id ?? '').toString('base64url');

    const older = await pageOf(house.gateway, '/admin/v1/audit-log', adminToken, { cursor });

    expect(items.length).toBeGreaterThan(2);
    expect(older.items).toEqual(items.slice(2));
  });

  it('refuses a cursor of the other way, and one that is none', async () => {
    const house = await WebhookHouse.build();
    for (const content of ['a', 'b']) await house.push(textPush(content));
    const { next_cursor } = await pageOf(house.gateway, events, house.key, { order: 'desc', limit: '1' });

    for (const query of [
      `cursor=${next_cursor ?? ''}&order=asc`,
      'cursor=abc',
      'order=up',
      'since=yesterday',
      'until=2026-02-31T00:00:00Z',
    ])
      expect((await house.gateway.ask(`${events}?${query}`, { key: house.key })).status).toBe(400);
  });
});
