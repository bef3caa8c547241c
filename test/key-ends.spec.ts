import { afterThisTest } from './support/cleanup.js';
import { describe, expect, it } from '@jest/globals';
import { EventStreams } from '../libs/callback/src/event-streams.js';
import { TestGateway } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { WebhookHouse, appid, otherAppid } from './support/webhook-house.js';

const withinFiveSeconds = 5_000;

/** A stream of an app's events, and whether it is still open. */
class Stream {
  text = '';
  isOpen = true;

  static async open(gateway: TestGateway, key: string): Promise<Stream> {
    const abort = new AbortController();
    const answer = await fetch(`${gateway.url}/v1/apps/${appid}/events/stream`, {
      headers: { authorization: `Bearer ${key}` },
      signal: abort.signal,
    });
    if (answer.status !== 200) throw new Error(await answer.text());
    const stream = new Stream();
    const reading = stream.read(answer).catch(() => undefined);
    afterThisTest(async () => {
      abort.abort();
      await reading;
    });
    await until(
      () => stream.text,
      (text) => text.includes(': open'),
    );
    return stream;
  }

  async ends(): Promise<void> {
    await until(
      () => this.isOpen,
      (isOpen) => !isOpen,
      withinFiveSeconds,
    );
  }

  private async read(answer: Response): Promise<void> {
    for await (const part of answer.body ?? []) this.text += Buffer.from(part as Uint8Array).toString('utf8');
    this.isOpen = false;
  }
}

describe('A stream of events', () => {
  it.each([
    ['is revoked', (house: WebhookHouse, id: string) => house.gateway.admin(`/api-keys/${id}`, { method: 'DELETE' })],
    [
      'expires',
      (house: WebhookHouse, id: string) =>
        house.gateway.database.query("UPDATE api_key SET expires_at = now() + interval '1 second' WHERE id = $1", [id]),
    ],
    ['loses the app', (house: WebhookHouse, id: string) => patchKey(house, id, { appids: [otherAppid] })],
    ['loses the scope', (house: WebhookHouse, id: string) => patchKey(house, id, { scopes: ['webhooks'] })],
  ])('ends within five seconds on every replica when its key %s, and no other does', async (_, happen) => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const { key, id } = await house.gateway.makeKey({ scopes: ['events:read', 'webhooks'] });
    const streams = await Promise.all([Stream.open(house.gateway, key), Stream.open(twin, key)]);
    const other = await Stream.open(twin, house.key);

    await happen(house, id);
    await Promise.all(streams.map((stream) => stream.ends()));
    await house.push(textPush('after'));

    await until(
      () => other.text,
      (text) => text.includes('after'),
    );
    expect(streams.map(({ text }) => text.includes('after'))).toEqual([false, false]);
  });

  it('goes on when its key is rotated, and ends with the secret that opened it', async () => {
    const house = await WebhookHouse.build();
    // It hears of nothing by itself: a stream may be opened there with a secret that is younger than what it has in memory.
    const twin = await house.gateway.twin({ withoutJobs: ['changes'] });
    const { key, id } = await house.gateway.makeKey({ scopes: ['events:read'] });
    const former = await Promise.all([Stream.open(house.gateway, key), Stream.open(twin, key)]);

    const fresh = await rotated(house, id, 60);
    const present = await Stream.open(twin, fresh);
    await twin.gateway.app.get(EventStreams).endWithTheirKeys();
    await Promise.all([house.gateway.hearChanges(), twin.hearChanges()]);
    await house.push(textPush('meanwhile'));
    for (const stream of [...former, present])
      await until(
        () => stream.text,
        (text) => text.includes('meanwhile'),
      );
    await house.gateway.database.query('UPDATE api_key SET former_secret_until = now() WHERE id = $1', [id]);
    await twin.hearChanges();
    await Promise.all(former.map((stream) => stream.ends()));

    expect(present.isOpen).toBe(true);
  });
});

describe('A key that is rotated', () => {
  it('has two secrets on every replica until the overlap ends, and then the new one', async () => {
    const house = await WebhookHouse.build();
    // It hears of nothing by itself: a secret that is younger than what it has in memory is good there all the same.
    const twin = await house.gateway.twin({ withoutJobs: ['changes'] });
    const { key: former, id } = await house.gateway.makeKey({ name: 'shop' });
    const replicas = [house.gateway, twin];
    const statuses = (key: string) => Promise.all(replicas.map(async (one) => (await one.ask('/v1/key', { key })).status));
    expect(await statuses(former)).toEqual([200, 200]);

    const { status, body } = await house.gateway.admin(`/api-keys/${id}/rotate`, {
      method: 'POST',
      body: { overlap_seconds: 2 },
    });
    const fresh = String(body.key);

    expect([status, body.id, body.name]).toEqual([200, id, 'shop']);
    expect(fresh).toMatch(new RegExp(`^wxg_${id}_`));
    expect(body.former_secret_until).toMatch(/Z$/);
    expect([await statuses(fresh), await statuses(former)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    await twin.hearChanges();
    expect(await statuses(fresh)).toEqual([200, 200]);
    await until(
      () => statuses(former),
      (both) => both.every((one) => one === 401),
    );
    expect(await statuses(fresh)).toEqual([200, 200]);
    expect((await house.gateway.ask('/v1/key', { key: former })).body.code).toBe('key_invalid');
  });

  it('gets no third secret while two are good, whoever asks at the same time', async () => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const { id } = await house.gateway.makeKey();
    const rotate = (at: TestGateway) => at.admin(`/api-keys/${id}/rotate`, { method: 'POST' });

    const answers = await Promise.all([rotate(house.gateway), rotate(twin), rotate(house.gateway)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const [first] = answers.filter(({ status }) => status === 200);
    const day = new Date(String(first?.body.former_secret_until)).getTime() - Date.now();
    expect(Math.round(day / 3_600_000)).toBe(24);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('overlap_under_way');
    await house.gateway.database.query('UPDATE api_key SET former_secret_until = now() WHERE id = $1', [id]);
    expect((await rotate(twin)).status).toBe(200);
  });

  it('with no overlap has its new secret alone, at once', async () => {
    const house = await WebhookHouse.build();
    const { key, id } = await house.gateway.makeKey();
    await house.gateway.ask('/v1/key', { key });

    const fresh = await rotated(house, id, 0);
    const another = await rotated(house, id, 0);
    expect(await house.gateway.database.query('SELECT 1 FROM api_key WHERE former_secret_hash IS NOT NULL')).toEqual([]);

    expect(
      await Promise.all([key, fresh, another].map(async (one) => (await house.gateway.ask('/v1/key', { key: one })).status)),
    ).toEqual([401, 401, 200]);
  });

  it('shows its secret once, even to a caller who repeats, keeps hashes, and stands in the audit log', async () => {
    const house = await WebhookHouse.build();
    const { key: former, id } = await house.gateway.makeKey();
    const rotate = () =>
      house.gateway.admin(`/api-keys/${id}/rotate`, { method: 'POST', body: {}, headers: { 'idempotency-key': 'one' } });

    const { body } = await rotate();
    const again = await rotate();

    expect(again.body).toMatchObject({ status: 409, code: 'already_created', id });
    const dump = JSON.stringify(await house.gateway.database.query('SELECT * FROM api_key, audit_entry, idempotent_request'));
    for (const secret of [former, String(body.key)])
      expect(dump + house.gateway.logged.join('')).not.toContain(secret.slice(15, 47));
    const audit = await house.gateway.admin('/audit-log?action=api_key.rotate');
    expect(audit.body.items).toMatchObject([{ actor: 'admin', subject: id, details: { overlap_seconds: 86_400 } }]);
    for (const seconds of [-1, 604_801, 1.5, 'a day'])
      expect(
        (await house.gateway.admin(`/api-keys/${id}/rotate`, { method: 'POST', body: { overlap_seconds: seconds } })).status,
      ).toBe(400);
    expect((await house.gateway.admin('/api-keys/0000000000/rotate', { method: 'POST' })).body.code).toBe('api_key_not_found');
  });

  it('keeps its webhooks', async () => {
    const house = await WebhookHouse.build();
    const { key, id } = await house.gateway.makeKey({ scopes: ['webhooks', 'events:read'] });
    const made = await house.webhook({}, undefined, key);

    const fresh = await rotated(house, id, 0);
    await house.push(textPush('a'));
    await made.receiver.gets(1);

    expect((await house.ask(`/webhooks/${made.id}`, 'GET', undefined, fresh)).body).toMatchObject({ enabled: true, key_id: id });
  });
});

describe('A key that is limited to addresses', () => {
  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

  it('works from these alone, and a stranger without its secret does not learn of it', async () => {
    const gateway = await TestGateway.start({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
    const allowed = ['10.2.0.0/16', '203.0.113.7', '2001:db8::/32'];
    const { key, id } = await gateway.makeKey({ allowed_addresses: allowed });
    const answers = async (address: string, text = key): Promise<unknown[]> => {
      const { status, body } = await gateway.ask('/v1/key', { key: text, headers: from(address) });
      return [status, body.code];
    };

    for (const address of ['10.2.3.4', '203.0.113.7', '2001:db8::5', '::ffff:10.2.3.4'])
      expect([address, ...(await answers(address))]).toEqual([address, 200, undefined]);
    for (const address of ['10.3.0.1', '203.0.113.8', '2001:db9::1', 'nowhere'])
      expect([address, ...(await answers(address))]).toEqual([address, 403, 'address_not_allowed']);
    expect((await gateway.ask('/v1/key', { key, headers: from('10.2.3.4') })).body.allowed_addresses).toEqual(allowed);
    for (const wrong of [['10.2.0.0/33'], ['shop'], ['fe80::1%eth0'], ['10.2.0.0/16', '10.2.0.0/16'], '10.2.0.0/16'])
      expect(
        (
          await gateway.admin('/api-keys', {
            method: 'POST',
            body: { name: 'a', appids: '*', scopes: ['qr'], allowed_addresses: wrong },
          })
        ).body,
      ).toMatchObject({ code: 'validation_failed', errors: [{ path: 'allowed_addresses' }] });
    await gateway.admin(`/api-keys/${id}/rotate`, { method: 'POST', body: { overlap_seconds: 0 } });
    expect(await answers('10.3.0.1')).toEqual([401, 'key_invalid']);
  });

  it('ends what it opened from elsewhere before', async () => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const { key, id } = await house.gateway.makeKey({ scopes: ['events:read'] });
    const stream = await Stream.open(twin, key);

    await patchKey(house, id, { allowed_addresses: ['10.2.0.0/16'] });

    await stream.ends();
  });
});

async function rotated(house: WebhookHouse, id: string, overlapSeconds: number): Promise<string> {
  const { status, body, text } = await house.gateway.admin(`/api-keys/${id}/rotate`, {
    method: 'POST',
    body: { overlap_seconds: overlapSeconds },
  });
  if (status !== 200) throw new Error(text);
  return String(body.key);
}

const patchKey = (house: WebhookHouse, id: string, body: object): Promise<unknown> =>
  house.gateway.admin(`/api-keys/${id}`, { method: 'PATCH', body });
