import { request } from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { afterThisTest } from './support/cleanup.js';
import type { TestGateway } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

const eventsPath = `/v1/apps/${appid}/events`;

/** One that keeps its place until it is let go. */
function connected(url: string, bytes = ''): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port) }, () => {
      if (bytes) socket.write(bytes);
      resolve(socket);
    });
    socket.on('error', reject).resume();
    afterThisTest(() => Promise.resolve(socket.destroy()));
  });
}

/** A request that is under way as long as its body has not arrived. */
const slowRequest = (url: string): Promise<net.Socket> =>
  connected(url, `POST /callbacks/${appid} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n`);

/** On a connection of its own, as a probe comes: what is kept for more is one of the places. */
function askedAnew(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; connection: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, connection: answer.headers.connection ?? '' }));
    });
    asked.on('error', reject).end();
  });
}

const metric = async (gateway: TestGateway, line: RegExp): Promise<number> =>
  Number(line.exec((await askedAnew(`${gateway.url}/metrics`)).text)?.[1] ?? 'NaN');
const openConnections = (gateway: TestGateway): Promise<number> => metric(gateway, /^http_connections (\d+)$/m);

class Reader {
  text = '';
  hasEnded = false;
  status = 0;

  static async open(gateway: TestGateway, key: string, headers: Record<string, string> = {}): Promise<Reader> {
    const reader = new Reader();
    const asked = request(`${gateway.url}${eventsPath}/stream`, {
      agent: false,
      headers: { authorization: `Bearer ${key}`, ...headers },
    });
    afterThisTest(() => Promise.resolve(asked.destroy()));
    asked.on('error', () => (reader.hasEnded = true));
    asked.end();
    await new Promise<void>((resolve) =>
      asked.on('response', (answer) => {
        reader.status = answer.statusCode ?? 0;
        answer.setEncoding('utf8').on('data', (part: string) => (reader.text += part));
        answer.on('close', () => (reader.hasEnded = true)).on('error', () => undefined);
        resolve();
      }),
    );
    return reader;
  }

  get told(): number {
    return this.text.match(/^id: /gm)?.length ?? 0;
  }
}

describe('At the limit of its connections', () => {
  it('a gateway gives the place of the one that was idle for longest to whoever comes', async () => {
    const { gateway, key } = await WebhookHouse.build({ env: { MAX_CONNECTIONS: '20' } });
    const idle: net.Socket[] = [];
    for (let number = 0; number < 40; number++) idle.push(await connected(gateway.url));

    // Nobody is taken for idle in the first second.
    await until(
      () => askedAnew(`${gateway.url}${eventsPath}`, { authorization: `Bearer ${key}` }),
      ({ status }) => status === 200,
    );

    await until(
      () => openConnections(gateway),
      (open) => open <= 20,
    );
    // The latest are those that are left.
    await until(
      () => idle.map(({ destroyed }) => destroyed),
      (gone) => gone.slice(0, 20).every(Boolean) && !gone.slice(30).some(Boolean),
    );
  });

  it('where all are at work, answers health and tokens, refuses the rest with a reason, and serves again when they have gone', async () => {
    const { gateway, key } = await WebhookHouse.build({ env: { MAX_CONNECTIONS: '8' } });
    const list = () => askedAnew(`${gateway.url}${eventsPath}`, { authorization: `Bearer ${key}` });
    const { key: reader } = await gateway.makeKey({ scopes: ['token:read'] });
    const busy: net.Socket[] = [];
    await until(
      async () => {
        busy.push(await slowRequest(gateway.url));
        return (await list()).status;
      },
      (status) => status === 503,
    );

    expect(await list()).toEqual({ status: 503, connection: 'close', text: expect.stringContaining('"code":"too_busy"') });
    expect((await askedAnew(`${gateway.url}/health/ready`)).status).toBe(200);
    const token = await askedAnew(`${gateway.url}/v1/apps/${appid}/access-token`, { authorization: `Bearer ${reader}` });
    expect(token.text).not.toContain('too_busy');

    for (const socket of busy) socket.destroy();
    await until(list, ({ status }) => status === 200);
  });

  it('a gateway keeps a quarter of them free of streams', async () => {
    const { gateway, key } = await WebhookHouse.build({ env: { MAX_CONNECTIONS: '16' } });
    const readers: Reader[] = [];
    for (let number = 0; number < 12; number++) readers.push(await Reader.open(gateway, key));
    expect(readers.map(({ status }) => status)).toEqual(Array(12).fill(200));

    const refused = await Reader.open(gateway, key);

    await until(
      () => refused.text,
      (text) => text.includes('no_room_for_streams'),
    );
    expect(refused.status).toBe(503);
  });
});

describe('What callers make a gateway hold', () => {
  let letGo: (() => void)[] = [];
  afterEach(() => void (letGo = []));

  function hold(gateway: TestGateway, share: number): void {
    const { held } = gateway;
    const bytes = Math.ceil(held.max * share) + 1;
    held.hold(bytes);
    letGo.push(() => held.letGo(bytes));
  }

  it('is bounded: large bodies are refused first, then small ones, and health, tokens and lists are answered', async () => {
    const house = await WebhookHouse.build();
    const { gateway } = house;
    const register = (name: string) =>
      gateway.admin('/api-keys', { method: 'POST', body: { name, appids: '*', scopes: ['users:read'] } });
    const large = 'x'.repeat(20_000);
    expect((await register(large)).status).toBe(400);

    hold(gateway, 1 / 2);
    const refused = await register(large);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'too_busy', '1']);
    expect((await register('small')).status).toBe(201);

    hold(gateway, 1 / 2);
    expect((await register('small')).status).toBe(503);
    expect((await gateway.ask('/health/ready')).status).toBe(200);
    expect((await house.ask(`/apps/${appid}/events`)).status).toBe(200);
    letGo.forEach((release) => release());
    letGo = [];
    expect((await register('small again')).status).toBe(201);
    expect(gateway.logged.filter((line) => line.includes('are held for callers'))).toHaveLength(1);
  });

  it('does not grow with large answers that nobody has read yet', async () => {
    const house = await WebhookHouse.build();
    await house.push(textPush('x'.repeat(20_000)));

    hold(house.gateway, 1 / 4);
    const refused = await house.ask(`/apps/${appid}/events`);

    expect([refused.status, refused.body.code]).toEqual([503, 'too_busy']);
    // What is large and comes in is taken on.
    await house.push(textPush('x'.repeat(20_000)));
  });

  it('is let go of with each request', async () => {
    const house = await WebhookHouse.build();
    for (let number = 0; number < 3; number++) await house.push(textPush('x'.repeat(20_000)));
    expect((await house.ask(`/apps/${appid}/events`)).status).toBe(200);

    await until(
      () => metric(house.gateway, /^wx_held_bytes (\d+)$/m),
      (held) => held === 0,
    );
  });
});

describe('Large events', () => {
  it('are listed a few at a time, each once', async () => {
    const house = await WebhookHouse.build();
    for (let number = 0; number < 8; number++) await house.push(textPush(`${number} ${'x'.repeat(200_000)}`));
    for (const order of ['asc', 'desc']) {
      const seen: string[] = [];
      const pages: number[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body } = await house.ask(`/apps/${appid}/events?limit=100&order=${order}${place}`);
        const { items, next_cursor } = body as unknown as { items: { data: { Content: string } }[]; next_cursor: string | null };
        seen.push(...items.map(({ data }) => data.Content.slice(0, 1)));
        pages.push(items.length);
        cursor = next_cursor;
      }
      const wanted = ['0', '1', '2', '3', '4', '5', '6', '7'];
      expect(seen).toEqual(order === 'asc' ? wanted : wanted.reverse());
      expect(pages).toEqual([5, 3]);
    }
  });
});

describe('A stream of events', () => {
  it('tells a reader who was away for long everything, at the pace at which it reads', async () => {
    const house = await WebhookHouse.build();
    await house.push(textPush('first'));
    const { body } = await house.ask(`/apps/${appid}/events`);
    const [first] = body.items as { id: string }[];
    const count = 240;
    // More than a reader may leave unread.
    await Promise.all(Array.from({ length: count }, (_, number) => house.push(textPush(`${number} ${'x'.repeat(6_000)}`))));

    const reader = await Reader.open(house.gateway, house.key, { 'last-event-id': first?.id ?? '' });

    await until(
      () => reader.told,
      (told) => told === count || reader.hasEnded,
    );
    expect([reader.told, reader.hasEnded]).toEqual([count, false]);
  });

  it('lets go of a reader that does not read, and of no other', async () => {
    const house = await WebhookHouse.build();
    const well = await Reader.open(house.gateway, house.key);
    const deaf = await connected(
      house.gateway.url,
      `GET ${eventsPath}/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\n\r\n`,
    );
    deaf.pause();
    await until(
      () => metric(house.gateway, /^wx_event_streams (\d+)$/m),
      (open) => open === 2,
    );

    let pushed = 0;
    await until(
      async () => {
        await Promise.all(Array.from({ length: 5 }, () => house.push(textPush('x'.repeat(200_000)))));
        pushed += 5;
        return metric(house.gateway, /^wx_event_streams (\d+)$/m);
      },
      (open) => open === 1,
      60_000,
    );

    await until(
      () => well.told,
      (told) => told === pushed,
    );
    expect(well.hasEnded).toBe(false);
  });
});
