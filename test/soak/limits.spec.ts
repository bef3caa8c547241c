// Proves: beyond what a process can hold it refuses clearly, serves health and tokens on, and is as before when the load has left. At most 15 minutes.
import { readFileSync, readdirSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from '../support/cleanup.js';
import { callbackToken, signedPush, textPush } from '../support/pusher.js';
import { until } from '../support/until.js';
import { TestWechat } from '../support/wechat.js';
import { Fleet, makeApps } from './fleet.js';
import { sized } from './size.js';

const minutes = 60_000;
const appid = 'wx00000000000000aa';

interface Limits {
  readonly openFiles?: number;
  readonly heapMegabytes?: number;
}

/** One gateway with limits of its process, an app whose pushes the test makes, and one whose tokens are asked for. */
class House {
  private constructor(
    readonly fleet: Fleet,
    readonly url: string,
    readonly pid: number,
    private readonly tokenApp: string,
  ) {}

  static async start(limits: Limits = {}, env: Record<string, string> = {}): Promise<House> {
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(0, wechat, { LOG_LEVEL: 'warn', ...env });
    // Past the fleet's proxy, which would have to carry all of it in the process of the test.
    const { url, process } = await fleet.add({ LOG_LEVEL: 'info', DATABASE_URL: fleet.database.url }, limits);
    await fleet.makeKey();
    const callback = { token: callbackToken };
    await fleet.admin('PUT', `/apps/${appid}`, { kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback });
    const [tokenApp = ''] = await makeApps(wechat, 1);
    await fleet.register(wechat, tokenApp);
    const house = new House(fleet, url, process.pid, tokenApp);
    expect((await fleet.read(tokenApp)).status).toBe(200);
    return house;
  }

  async keys(count: number): Promise<string[]> {
    const made: string[] = [];
    for (let number = 0; number < count; number++) {
      const body = { name: 'reader', appids: '*', scopes: ['events:read'] };
      made.push((await this.fleet.admin<{ key: string }>('POST', '/api-keys', body)).key);
    }
    return made;
  }

  async push(content: string, openid = 'oSomebody'): Promise<number> {
    const { query, body } = signedPush(textPush(content, openid), { appid });
    const answer = await fetch(`${this.url}/callbacks/${appid}?${query}`, { method: 'POST', body }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    return answer?.status ?? 0;
  }

  /** Health and a token, each over a connection of its own, as probes and small clients come. */
  async pulse(): Promise<{ health: number; token: number; milliseconds: number }> {
    const begun = performance.now();
    const [health, token] = await Promise.all([
      statusOf(`${this.url}/health/ready`),
      statusOf(`${this.url}/v1/apps/${this.tokenApp}/access-token`, { authorization: `Bearer ${this.fleet.apiKey}` }),
    ]);
    return { health, token, milliseconds: Math.round(performance.now() - begun) };
  }

  /** Looked at for as long as something goes on: the longest that one took, and whatever was no 200. */
  async pulsesDuring(work: Promise<unknown>): Promise<{ longest: number; count: number; others: unknown[] }> {
    let isOver = false;
    const end = work.finally(() => (isOver = true));
    const others: unknown[] = [];
    let [longest, count] = [0, 0];
    do {
      const seen = await this.pulse();
      if (seen.health !== 200 || seen.token !== 200) others.push(seen);
      longest = Math.max(longest, seen.milliseconds);
      count++;
      await pause(50);
    } while (!isOver);
    await end;
    return { longest, count, others };
  }

  get megabytes(): { now: number; most: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const of = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
    return { now: of('VmRSS'), most: of('VmHWM') };
  }

  get files(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  async metric(line: RegExp): Promise<number> {
    return Number(line.exec(await (await fetch(`${this.url}/metrics`)).text())?.[1] ?? 'NaN');
  }

  get complaints(): string[] {
    return this.fleet.replicas
      .flatMap(({ process }) => process.output.split('\n'))
      .filter((line) => /"level":"(error|fatal)"|A bug/.test(line))
      .map((line) => line.slice(0, 300));
  }
}

function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: false, headers, timeout: 20_000 }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked
      .on('timeout', () => asked.destroy())
      .on('error', () => resolve(0))
      .end();
  });
}

/** Sockets that stay open until the gateway closes them or the test does. */
class Crowd {
  private readonly sockets: net.Socket[] = [];

  async join(url: string, count: number, bytes = ''): Promise<void> {
    const { hostname, port } = new URL(url);
    afterThisTest(() => Promise.resolve(this.leave()));
    for (let number = 0; number < count; number++) {
      const socket = net.connect({ host: hostname, port: Number(port) });
      socket.on('error', () => undefined).resume();
      if (bytes) socket.write(bytes);
      this.sockets.push(socket);
      if (number % 100 === 99) await pause(10);
    }
  }

  get open(): number {
    return this.sockets.filter(({ destroyed, connecting }) => !destroyed && !connecting).length;
  }

  leave(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

describe('A gateway with more callers than it can hold', () => {
  it(
    'tells every stream everything, and serves everybody else meanwhile',
    async () => {
      const { streams, pushes } = sized({ quick: { streams: 100, pushes: 5 }, full: { streams: 2_000, pushes: 50 } });
      const perKey = 50;
      const house = await House.start({ heapMegabytes: 128 });
      const keys = await house.keys(Math.ceil(streams / perKey));
      const before = house.megabytes.now;
      const agent = new Agent({ maxSockets: Infinity });
      const asked: ClientRequest[] = [];
      afterThisTest(() => Promise.resolve(asked.forEach((one) => one.destroy())));
      let told = 0;
      const opened = async (key: string): Promise<number> =>
        new Promise((resolve, reject) => {
          const one = request(`${house.url}/v1/apps/${appid}/events/stream`, {
            agent,
            headers: { authorization: `Bearer ${key}` },
          });
          one.on('response', (answer) => {
            resolve(answer.statusCode ?? 0);
            answer.setEncoding('utf8').on('data', (part: string) => (told += part.match(/^id: /gm)?.length ?? 0));
            answer.on('error', () => undefined);
          });
          one.on('error', reject).end();
          asked.push(one);
        });
      const opening = performance.now();
      for (const key of keys) {
        const statuses = await Promise.all(Array.from({ length: perKey }, () => opened(key)));
        expect(statuses).toEqual(Array(perKey).fill(200));
      }
      const openMilliseconds = performance.now() - opening;
      // One more of a key that has all of its own.
      expect(await opened(keys[0] ?? '')).toBe(429);
      const held = house.megabytes.now;

      const begun = performance.now();
      const all = async () => {
        for (let number = 0; number < pushes; number++) expect(await house.push('x'.repeat(500))).toBe(200);
        await until(
          () => told,
          (count) => count === keys.length * perKey * pushes,
          5 * minutes,
        );
      };
      const { longest, others } = await house.pulsesDuring(all());
      const tellMilliseconds = performance.now() - begun;

      expect(others).toEqual([]);
      const most = house.megabytes.most;
      for (const one of asked) one.destroy();
      await until(
        () => house.metric(/^wx_event_streams (\d+)$/m),
        (open) => open === 0,
        minutes,
      );
      console.log(
        `${keys.length * perKey} streams opened in ${Math.round(openMilliseconds)} ms, ${before} → ${held} MB; ${told} events told in ${Math.round(tellMilliseconds)} ms, ` +
          `at most ${most} MB; health and token within ${longest} ms`,
      );
      expect(house.complaints).toEqual([]);
    },
    10 * minutes,
  );

  it(
    'lets idle sockets come and go',
    async () => {
      const { sockets, most } = sized({ quick: { sockets: 200, most: 100 }, full: { sockets: 5_000, most: 3_000 } });
      const house = await House.start({}, { MAX_CONNECTIONS: String(most) });
      const [key = ''] = await house.keys(1);
      const files = house.files;
      const crowd = new Crowd();

      const asking = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n';
      const { longest } = await house.pulsesDuring(crowd.join(house.url, sockets, asking));
      // Nobody is taken for idle in the first second.
      await pause(1_100);
      const seen = await house.pulse();
      expect([seen.health, seen.token]).toEqual([200, 200]);
      expect(await statusOf(`${house.url}/v1/apps/${appid}/events`, { authorization: `Bearer ${key}` })).toBe(200);
      await until(
        () => crowd.open,
        (open) => open <= most,
        minutes,
      );

      const { now } = house.megabytes;
      crowd.leave();
      await until(
        () => house.files,
        (open) => open <= files + 10,
        minutes,
      );
      console.log(`${sockets} idle sockets, ${most} places: ${now} MB; health and token within ${longest} ms`);
      expect(house.complaints).toEqual([]);
    },
    5 * minutes,
  );

  it(
    'with 256 open files refuses connections, not its own database',
    async () => {
      const house = await House.start({ openFiles: 256 });
      const [key = ''] = await house.keys(1);
      const crowd = new Crowd();

      // At work, each of them: a request whose body does not come.
      const bytes = `POST /callbacks/${appid} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n`;
      const list = () => statusOf(`${house.url}/v1/apps/${appid}/events`, { authorization: `Bearer ${key}` });
      await crowd.join(house.url, 400, bytes);
      await until(
        async () => {
          await crowd.join(house.url, 2, bytes);
          return list();
        },
        (status) => status === 503,
      );
      for (let look = 0; look < 5; look++) {
        const { health, token } = await house.pulse();
        expect([health, token]).toEqual([200, 200]);
      }
      const { files } = house;
      expect(files).toBeLessThan(256);

      crowd.leave();
      await until(list, (status) => status === 200, 10_000);
      for (let number = 0; number < 20; number++) expect(await house.push('hi')).toBe(200);
      console.log(`400 requests under way and 256 open files: ${files} were open`);
      expect(house.complaints).toEqual([]);
    },
    5 * minutes,
  );

  it(
    'with 128 MB of heap does not end, whatever is pushed and listed',
    async () => {
      const seconds = sized({ quick: 5, full: 60 });
      const house = await House.start({ heapMegabytes: 128 });
      const keys = await house.keys(2);
      const counts = new Map<string, number>();
      const count = (what: string, status: number): void =>
        void counts.set(`${what} ${status}`, (counts.get(`${what} ${status}`) ?? 0) + 1);
      const end = Date.now() + seconds * 1_000;
      let number = 0;
      const pusher = async (): Promise<void> => {
        while (Date.now() < end) {
          const status = await house.push('x'.repeat(240_000), `oPerson${number++}`);
          count('push', status);
          if (status !== 200) await pause(100);
        }
      };
      const lister = async (at: number): Promise<void> => {
        while (Date.now() < end)
          count(
            'list',
            await statusOf(`${house.url}/v1/apps/${appid}/events?limit=200`, { authorization: `Bearer ${keys[at % 2] ?? ''}` }),
          );
      };
      const deaf = new Crowd();
      const slow = `GET /v1/apps/${appid}/events?limit=200 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${keys[0] ?? ''}\r\n\r\n`;

      const work = Promise.all([
        ...Array.from({ length: 100 }, pusher),
        ...Array.from({ length: 8 }, (_, at) => lister(at)),
        deaf.join(house.url, 50, slow),
      ]);
      const { longest, others, count: looks } = await house.pulsesDuring(work);

      const { most } = house.megabytes;
      expect(others).toEqual([]);
      expect(counts.get('push 200')).toBeGreaterThan(0);
      // Refused with a reason, or served: none was cut off or left waiting.
      expect([...counts.keys()].filter((what) => !/ (200|503)$/.test(what))).toEqual([]);
      deaf.leave();
      await until(
        () => house.metric(/^wx_held_bytes (\d+)$/m),
        (held) => held < 100_000,
        minutes,
      );
      await until(
        () => house.push('x'.repeat(240_000)),
        (status) => status === 200,
        minutes,
      );
      const told = [...counts].map(([what, times]) => `${times} ${what}`).join(', ');
      console.log(
        `128 MB of heap, ${seconds} s: ${told}; at most ${most} MB; ${looks} times health and token within ${longest} ms`,
      );
      expect(house.complaints).toEqual([]);
    },
    5 * minutes,
  );
});
