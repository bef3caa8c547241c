import { describe, expect, it } from '@jest/globals';
import { NameResolver } from '#webhook';
import { hiddenForms, otherForms } from './support/hidden-addresses.js';
import { textPush } from './support/pusher.js';
import { Receiver } from './support/receiver.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

interface Attempt {
  readonly url: string;
  readonly error: string | null;
}

/** Webhooks whose registration nobody checked, as if the address had turned bad since: what became of one event. */
async function deliveredTo(house: WebhookHouse, good: Receiver, urls: string[]): Promise<Attempt[]> {
  const { database } = house.gateway;
  const made = await few(urls, () => house.webhook({}, good));
  // As release 0.1.0 wrote them: no other way leads past the look at an address that is registered.
  await database.query(
    `UPDATE webhook SET url = row.url, sealed_url = NULL FROM unnest($1::text[], $2::text[]) AS row (id, url)
      WHERE row.id = webhook.id`,
    [made.map(({ id }) => id), urls],
  );
  await house.push(textPush('a'));
  return until(
    () =>
      database.query<Attempt & Record<string, unknown>>(
        'SELECT url, error FROM webhook_attempt JOIN webhook ON webhook.id = webhook_id',
      ),
    (attempts) => attempts.length === urls.length,
    60_000,
  );
}

/** Some at once: more than a small pool of connections serves in time would only wait. */
async function few<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let first = 0; first < all.length; first += 8) done.push(...(await Promise.all(all.slice(first, first + 8).map(work))));
  return done;
}

/** What names mean to this gateway. */
function names(house: WebhookHouse, resolve: (name: string) => string[]): void {
  house.gateway.gateway.app.get(NameResolver).resolve = (name) => {
    const addresses = resolve(name);
    return addresses.length > 0 ? Promise.resolve(addresses) : Promise.reject(new Error('ENOTFOUND'));
  };
}

const register = async (house: WebhookHouse, url: string) => {
  const { status, body } = await house.ask('/webhooks', 'POST', { url, appids: [appid], types: '*' });
  return status === 400 ? String(body.code) : status;
};

describe('Without a word of the operator', () => {
  it('no form of a private or special address makes a connection, now or later', async () => {
    const good = await Receiver.start();
    const house = await WebhookHouse.build({ env: { WEBHOOK_ALLOW: `127.0.0.1:${good.port}` } });
    const [listener, sixth] = [await Receiver.start(), await Receiver.start('::1')];
    const addresses = ['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200', '100.64.0.1'];
    const rarer = ['0.0.0.0', '127.255.255.254', '224.0.0.1', '255.255.255.255', '192.0.0.192'];
    const hosts = [...hiddenForms([...addresses, ...rarer]), ...otherForms];
    const urls = hosts.map((host) => `http://${host}:${host.startsWith('[::1') ? sixth.port : listener.port}/hook`);
    expect(urls.length).toBeGreaterThanOrEqual(200);

    const answers = await few(urls, (url) => register(house, url));
    const attempts = await deliveredTo(house, good, urls);

    expect(urls.filter((_, at) => answers[at] !== 'address_forbidden' && answers[at] !== 'validation_failed')).toEqual([]);
    expect(attempts.filter(({ error }) => !/^(address_forbidden|the address cannot be read)/.test(error ?? ''))).toEqual([]);
    expect([listener.connections, sixth.connections, good.connections]).toEqual([0, 0, 0]);
  }, 120_000);

  it('a name that means such an address makes none either, alone or among others, whatever it meant before', async () => {
    const good = await Receiver.start();
    const house = await WebhookHouse.build({ env: { WEBHOOK_ALLOW: `127.0.0.1:${good.port}` } });
    const listener = await Receiver.start();
    const secret = [
      '127.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      '10.0.0.1',
      '169.254.169.254',
      'fe80::1',
      '0.0.0.0',
    ];
    let isPublic = true;
    names(house, (name) => {
      const [, kind, at] = /^(alone|among)(\d)\.test$/.exec(name) ?? [];
      const inner = secret[Number(at)] ?? '';
      if (isPublic) return ['93.184.216.34'];
      return kind === 'among' ? ['93.184.216.34', inner] : [inner];
    });
    const urls = secret.flatMap((_, at) => [`alone${at}`, `among${at}`]).map((name) => `http://${name}.test:${listener.port}/`);

    const before = await few(urls, (url) => register(house, url));
    isPublic = false;
    const after = await few(urls, (url) => register(house, url));
    await house.push(textPush('a'));
    const attempts = await until(
      () => house.gateway.database.query<{ error: string }>('SELECT error FROM webhook_attempt'),
      (seen) => seen.length === urls.length,
    );

    expect(new Set(before)).toEqual(new Set([201]));
    expect(new Set(after)).toEqual(new Set(['address_forbidden']));
    expect(attempts.filter(({ error }) => !error.startsWith('address_forbidden'))).toEqual([]);
    expect(listener.connections).toBe(0);
  });
});

describe('What the operator lists', () => {
  it('is reached, by range or by host and port, and nothing beside it', async () => {
    const [ranged, named, single] = [await Receiver.start('127.0.0.2'), await Receiver.start(), await Receiver.start()];
    const house = await WebhookHouse.build({
      env: { WEBHOOK_ALLOW: `127.0.0.2/32, receiver.test:${named.port}, 127.0.0.1:${single.port}` },
    });
    names(house, (name) => (name === 'receiver.test' || name === 'other.test' ? ['127.0.0.1'] : []));

    for (const url of [ranged.url, single.url, `http://receiver.test:${named.port}`, `http://RECEIVER.test.:${named.port}/a`])
      expect(await register(house, url)).toBe(201);
    for (const url of [
      named.url,
      `http://other.test:${named.port}`,
      `http://receiver.test:${named.port + 1}`,
      'http://127.0.0.3/',
    ])
      expect(await register(house, url)).toBe('address_forbidden');

    await house.push(textPush('a'));
    await Promise.all([ranged.gets(1), named.gets(2), single.gets(1)]);
  });

  it('is dialled at the very address that was judged', async () => {
    const good = await Receiver.start('127.0.0.2');
    const house = await WebhookHouse.build({ env: { WEBHOOK_ALLOW: '127.0.0.2/32' } });
    const asked: string[] = [];
    // Whoever looks a name up twice gets another answer the second time.
    names(house, (name) => [asked.push(name) % 2 === 1 ? '127.0.0.2' : '127.0.0.1']);
    expect(await register(house, `http://rebind.test:${good.port}/`)).toBe(201);
    asked.pop();

    await house.push(textPush('a'));

    await good.gets(1);
    await house.delivered(1);
    expect(asked).toEqual(['rebind.test']);
    expect(good.received[0]?.headers.host).toBe(`rebind.test:${good.port}`);
  });

  it('never opens what nobody may reach: metadata, link-local, the gateway itself and its database', async () => {
    const house = await WebhookHouse.build({ env: { WEBHOOK_ALLOW: '0.0.0.0/0, ::/0, db.test:5432' } });
    const database = new URL(house.gateway.database.url);
    const own = new URL(house.gateway.url).port;
    names(house, (name) => (name === 'db.test' ? ['127.0.0.1'] : name === 'meta.test' ? ['169.254.169.254'] : []));

    for (const host of [
      ...hiddenForms(['169.254.169.254', '169.254.0.23', '100.100.100.200', '0.0.0.0', '224.0.0.1', '255.255.255.255']),
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[ff02::1]',
      '[::]',
      'meta.test',
      `127.0.0.1:${own}`,
      `127.7.7.7:${own}`,
      `[::1]:${own}`,
      `[::ffff:127.0.0.1]:${own}`,
      '127.0.0.1:36012',
      `127.0.0.1:${database.port || '5432'}`,
      `127.1.2.3:${database.port || '5432'}`,
      `[::1]:${database.port || '5432'}`,
      `db.test:${database.port || '5432'}`,
    ])
      expect([host, await register(house, `http://${host}/`)]).toEqual([
        host,
        expect.stringMatching(/^(address_forbidden|validation_failed)$/),
      ]);
    expect(await register(house, 'http://127.0.0.1:8080/')).toBe(201);
  });
});
