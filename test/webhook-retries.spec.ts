import { describe, expect, it } from '@jest/globals';
import type { Answer } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { Receiver, verified } from './support/receiver.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

interface Attempt {
  readonly number: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string;
  readonly delivery: string;
  readonly next_attempt_at: string | null;
  readonly event_id: string;
}

async function attempts(house: WebhookHouse, id: string, query = ''): Promise<Attempt[]> {
  const { status, text, body } = await house.ask(`/webhooks/${id}/attempts${query}`);
  if (status !== 200) throw new Error(text);
  return body.items as Attempt[];
}

const settled = (house: WebhookHouse, id: string, count: number): Promise<Attempt[]> =>
  until(
    () => attempts(house, id),
    (seen) => seen.length >= count,
  );

const pauses = [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

describe('A delivery that fails', () => {
  it('is tried eleven times, at the documented times, and given up', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(503, {}, 'not now');
    await house.push(textPush('a'));

    for (const [place, pause] of pauses.entries()) {
      await settled(house, id, place + 1);
      const [delivery] = await house.deliveries();
      expect(delivery).toMatchObject({ state: 'waiting', step: place + 1 });
      // Looked at some moments after it was set.
      expect(delivery?.wait).toBeLessThanOrEqual(pause * 1.2);
      expect(delivery?.wait).toBeGreaterThan(pause * 0.8 - 4);
      await house.passes(pause * 1.2);
    }
    const all = await settled(house, id, 11);

    expect(all.map(({ number }) => number)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(all[0]).toMatchObject({
      status: 503,
      error: 'answered 503',
      response: 'not now',
      delivery: 'failed',
      next_attempt_at: null,
    });
    expect(await house.deliveries()).toMatchObject([{ state: 'failed', attempts: 11 }]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await house.passes(100_000);
    expect(receiver.received).toHaveLength(11);
  });

  it('with whatever else than 2xx is tried again, and redirects are not followed', async () => {
    const house = await WebhookHouse.build();
    const elsewhere = await Receiver.start();
    const { id, receiver } = await house.webhook();

    for (const status of [500, 502, 404, 401, 400, 429, 301, 307]) {
      receiver.answers(status, { location: elsewhere.url });
      await house.push(textPush(`${status}`));
      // On a slow machine those of before are tried again meanwhile, and hear the same.
      await until(
        () => attempts(house, id),
        (seen) => seen.some((attempt) => attempt.status === status && attempt.delivery === 'waiting'),
      );
    }
    expect(elsewhere.connections).toBe(0);
  });

  it('waits as long as the receiver asks, within twice the plan', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(429, { 'retry-after': '3600' });

    await house.push(textPush('a'));
    await settled(house, id, 1);

    const [delivery] = await house.deliveries();
    expect(delivery?.wait).toBeGreaterThan(6);
    expect(delivery?.wait).toBeLessThanOrEqual(10);
  });

  it('because nobody listens, or nobody answers to the end, is tried again', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.does((_, reply) => void reply.destroy());
    const deaf = await house.webhook({ url: 'http://127.0.0.1:9/' }, receiver);

    await house.push(textPush('a'));

    expect((await settled(house, id, 1))[0]).toMatchObject({
      status: null,
      error: 'no connection: ECONNRESET',
      delivery: 'waiting',
    });
    expect((await settled(house, deaf.id, 1))[0]).toMatchObject({ status: null, error: 'no connection: ECONNREFUSED' });
  });

  it('is kept with no more of the answer than is good to read', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(500, {}, `\0${'语'.repeat(40_000)}`);

    await house.push(textPush('a'));

    const [attempt] = await settled(house, id, 1);
    expect(attempt?.status).toBe(500);
    expect(attempt?.response).toMatch(/^语{5000,}.?$/);
    expect(Buffer.byteLength(attempt?.response ?? '')).toBeLessThanOrEqual(16_400);
  });

  it('because its gateway hangs is made by another when the lease ends, and the overtaken one decides nothing', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    let answerFirst = (): void => undefined;
    receiver.does((_, reply) => (answerFirst = () => void reply.writeHead(500).end()));
    await house.push(textPush('a'));
    await receiver.gets(1);
    const late = answerFirst;
    receiver.answers(204);

    await house.passes(40);
    await receiver.gets(2);
    await house.delivered(1);
    late();

    const all = await settled(house, id, 2);
    expect(all.map(({ number, status, delivery }) => [number, status, delivery]).sort()).toEqual([
      [1, 500, 'delivered'],
      [2, 204, 'delivered'],
    ]);
    expect(await house.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2, step: 0 }]);
  });

  it('whose event is too old for the receiver is not sent', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook({ max_age_seconds: 60 });
    receiver.answers(500);
    await house.push(textPush('a'));
    await settled(house, id, 1);

    await house.gateway.database.query("UPDATE webhook_delivery SET due_at = now(), expires_at = now() - interval '1 second'");

    await until(
      () => house.deliveries(),
      ([delivery]) => delivery?.state === 'expired',
    );
    expect(receiver.received).toHaveLength(1);
  });
});

describe('A receiver', () => {
  it('that is gone is switched off at once, and the operator is told', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(410);

    await house.push(textPush('a'));
    await until(
      async () => (await house.ask(`/webhooks/${id}`)).body,
      ({ enabled }) => enabled === false,
    );

    expect((await house.ask(`/webhooks/${id}`)).body).toMatchObject({ disabled_because: 'gone' });
    expect(house.gateway.logged.filter((line) => line.includes('"level":"error"') && line.includes(id))).toHaveLength(1);
    expect((await house.gateway.ask('/metrics')).text).toContain('wx_webhooks_disabled_total{because="gone"} 1');
    const { body } = await house.gateway.admin('/audit-log?action=webhook.disable');
    expect(body.items).toMatchObject([{ actor: 'gateway', subject: id, details: { because: 'gone' } }]);
  });

  it('that did nothing but fail for five days is switched off, and one that was well in between is not', async () => {
    const house = await WebhookHouse.build();
    const [bad, mixed] = [await house.webhook(), await house.webhook()];
    bad.receiver.answers(500);
    mixed.receiver.answers(500);
    await house.push(textPush('a'));
    await Promise.all([settled(house, bad.id, 1), settled(house, mixed.id, 1)]);
    const state = async (id: string) => (await house.ask(`/webhooks/${id}`)).body;
    expect((await state(bad.id)).failing_since).toMatch(/Z$/);

    mixed.receiver.answers(204);
    await house.push(textPush('b'));
    await Promise.all([settled(house, bad.id, 2), settled(house, mixed.id, 2)]);
    await until(
      () => state(mixed.id),
      ({ failing_since: since }) => since === null,
    );
    mixed.receiver.answers(500);
    await house.gateway.database.query("UPDATE webhook SET failing_since = failing_since - interval '5 days'");
    await house.gateway.hearChanges();
    await house.push(textPush('c'));
    await until(
      () => state(bad.id),
      ({ enabled }) => enabled === false,
    );

    expect(await state(bad.id)).toMatchObject({ disabled_because: 'failing' });
    expect(await state(mixed.id)).toMatchObject({ enabled: true });
    await house.push(textPush('d'));
    await settled(house, mixed.id, 4);
    expect(bad.receiver.received).toHaveLength(3);
  });

  it('that is switched on again gets what waited for it', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(410);
    await house.push(textPush('a'));
    await until(
      async () => (await house.ask(`/webhooks/${id}`)).body.enabled,
      (enabled) => enabled === false,
    );
    receiver.answers(204);

    await house.ask(`/webhooks/${id}`, 'PATCH', { enabled: true });
    await house.passes(10);

    await house.delivered(1);
    expect((await house.ask(`/webhooks/${id}`)).body).toMatchObject({
      enabled: true,
      failing_since: null,
      disabled_because: null,
    });
  });
});

describe('Sending once more', () => {
  const resend = (house: WebhookHouse, id: string, order: object): Promise<Answer> =>
    house.ask(`/webhooks/${id}/resend`, 'POST', order);

  it('one event begins the whole plan again, whatever became of it, under the same id', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook({ types: ['message.*'] });
    await house.push(textPush('a'));
    await house.delivered(1);
    const event = receiver.received[0]?.headers['webhook-id'];
    receiver.answers(500);

    const answer = await resend(house, id, { event_id: event });
    await settled(house, id, 2);

    expect([answer.status, answer.body]).toEqual([202, { queued: 1 }]);
    expect(receiver.received.map((one) => one.headers['webhook-id'])).toEqual([event, event]);
    expect(await house.deliveries()).toMatchObject([{ state: 'waiting', step: 1, attempts: 2 }]);
    expect((await attempts(house, id)).map(({ number }) => number)).toEqual([2, 1]);
  });

  it('all since a time sends what fits, also what came before the webhook, and only what was not delivered if asked', async () => {
    const house = await WebhookHouse.build();
    for (const content of ['a', 'b', 'c']) await house.push(textPush(content));
    const { id, receiver } = await house.webhook({ types: ['message.text'] });
    const since = new Date(Date.now() - 60_000).toISOString();

    expect((await resend(house, id, { since })).body).toEqual({ queued: 3 });
    await receiver.gets(3);
    await house.delivered(3);
    expect((await resend(house, id, { since, undelivered_only: true })).body).toEqual({ queued: 0 });
    expect((await resend(house, id, { since })).body).toEqual({ queued: 3 });
    await receiver.gets(6);

    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
    expect((await resend(house, id, { since: new Date(Date.now() + 60_000).toISOString() })).body).toEqual({ queued: 0 });
    for (const order of [{}, { since: 'yesterday' }, { event_id: 'a' }])
      expect((await resend(house, id, order)).body.code).toBe('validation_failed');
    expect((await resend(house, id, { event_id: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' })).body.code).toBe('event_not_found');
  });

  it('an event to all that fit is for keys that hold its app, to webhooks that they see', async () => {
    const house = await WebhookHouse.build();
    await house.push(textPush('a'));
    const [{ id: event = '' } = {}] = await house.gateway.database.query<{ id: string }>('SELECT id FROM event');
    const [own, all, other] = [
      await house.webhook(),
      await house.webhook({ appids: '*' }),
      await house.webhook({ types: ['event.*'] }),
    ];
    const { key } = await house.gateway.makeKey({ scopes: ['webhooks', 'events:read'], appids: [appid] });
    const { key: strange } = await house.gateway.makeKey({ scopes: ['webhooks', 'events:read'], appids: ['wx00000000000000cc'] });

    expect((await house.ask(`/events/${event}/replay`, 'POST', undefined, key)).body).toEqual({ queued: 1 });
    await own.receiver.gets(1);
    expect((await house.ask(`/events/${event}/replay`, 'POST')).body).toEqual({ queued: 2 });
    await Promise.all([own.receiver.gets(2), all.receiver.gets(1)]);
    expect((await house.ask(`/events/${event}/replay`, 'POST', undefined, strange)).status).toBe(404);

    expect(other.receiver.received).toHaveLength(0);
  });
});

describe('Setting up a receiver', () => {
  it('is tried with an event that never happened', async () => {
    const house = await WebhookHouse.build();
    const { id, secret, receiver } = await house.webhook();

    expect((await house.ask(`/webhooks/${id}/test`, 'POST')).body).toMatchObject({ delivered: true, status: 204, error: null });
    receiver.answers(418, {}, 'teapot');
    expect((await house.ask(`/webhooks/${id}/test`, 'POST')).body).toMatchObject({
      delivered: false,
      status: 418,
      response: 'teapot',
    });

    const [first] = receiver.received;
    expect(first && verified(first, secret)).toMatchObject({ appid, type: 'event.webhook_test' });
    expect(await house.deliveries()).toEqual([]);
  });

  it('may change the secret while both sign, and then only the new one', async () => {
    const house = await WebhookHouse.build();
    const { id, secret: former, receiver } = await house.webhook();

    const { body } = await house.ask(`/webhooks/${id}/rotate`, 'POST', { overlap_seconds: 60 });
    const fresh = String(body.secret);
    await house.push(textPush('a'));
    const [first] = await receiver.gets(1);

    if (!first) throw new Error('nothing came');
    expect(String(first.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(verified(first, former)).toEqual(verified(first, fresh));
    expect(body.former_secret_until).toMatch(/Z$/);

    house.gateway.passes(61);
    await house.push(textPush('b'));
    const second = (await receiver.gets(2))[1];
    const [signature] = String(second?.headers['webhook-signature']).split(' ');
    expect(second?.headers['webhook-signature']).toBe(signature);
    if (second) expect(() => verified(second, former)).toThrow();
    expect((await house.ask(`/webhooks/${id}/rotate`, 'POST')).status).toBe(200);
  });
});

describe('What is kept', () => {
  it('pages, and filters by event and by failure', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(500);
    for (const content of ['a', 'b', 'c']) await house.push(textPush(content));
    await settled(house, id, 3);
    receiver.answers(204);
    await house.passes(10);
    const all = await settled(house, id, 6);

    expect((await attempts(house, id, '?failed=true')).map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(await attempts(house, id, `?event_id=${all[0]?.event_id}`)).toHaveLength(2);
    const { body: page } = await house.ask(`/webhooks/${id}/attempts?limit=4`);
    const rest = await attempts(house, id, `?limit=4&cursor=${String(page.next_cursor)}`);
    expect([...(page.items as Attempt[]), ...rest]).toEqual(all);
    expect((await house.ask(`/webhooks/${id}/attempts?failed=perhaps`)).status).toBe(400);
  });

  it('of a person goes with them, and of a deleted webhook nothing more is sent', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    receiver.answers(500);
    await house.push(textPush('a', 'oErased'));
    await house.push(textPush('b', 'oOther'));
    await settled(house, id, 2);

    await house.gateway.database.query("DELETE FROM event WHERE openid = 'oErased'");
    expect(await house.gateway.database.query('SELECT 1 FROM webhook_attempt')).toHaveLength(1);

    await house.ask(`/webhooks/${id}`, 'DELETE');
    await house.passes(10);
    const other = await house.webhook();
    await house.push(textPush('c'));
    await other.receiver.gets(1);
    expect(receiver.received).toHaveLength(2);
  });
});

describe('A gateway that stops', () => {
  it('lets what it is sending come to its end', async () => {
    const house = await WebhookHouse.build();
    const { receiver } = await house.webhook();
    let answer = (): void => undefined;
    receiver.does((_, reply) => (answer = () => void reply.writeHead(204).end()));
    await house.push(textPush('a'));
    await receiver.gets(1);

    const stopping = house.gateway.stop();
    answer();
    await stopping;

    expect(await house.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });
});
