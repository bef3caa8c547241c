// Proves: every scan is answered with the question, and every login ends with a code or a reason while replicas are killed. At most 15 minutes.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Balancer } from '../support/balancer.js';
import { type BegunLogin, Phone, linkIn } from '../support/login-house.js';
import { callbackToken } from '../support/pusher.js';
import { questionsAfter } from '../support/scans.js';
import { TestWechat, demoApp } from '../support/wechat.js';
import { Fleet } from './fleet.js';
import { sized } from './size.js';

const appid = 'wx00000000000000aa';
const minutes = 60_000;
const over = ['redeemed', 'expired', 'denied', 'cancelled'];

/** A site, its visitors and their phones, before a fleet that stands behind one address. */
class Visitors {
  private constructor(
    readonly fleet: Fleet,
    private readonly wechat: TestWechat,
    private readonly address: string,
    private readonly key: string,
  ) {}

  static async before(count: number): Promise<Visitors> {
    const wechat = await TestWechat.start();
    const replicas: Fleet['replicas'][] = [];
    const { url } = await Balancer.before(() => replicas[0] ?? []);
    const fleet = await Fleet.start(count, wechat, { PUBLIC_URL: url, QR_LOGINS_PER_MINUTE: '10000' });
    replicas.push(fleet.replicas);
    const { callback } = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>(
      'GET',
      `/apps/${demoApp}`,
    );
    await fleet.register(wechat, demoApp, {
      callback: { token: callback.token, encoding_aes_key: callback.encoding_aes_key },
    });
    await wechat.control('PUT', `/apps/${demoApp}/callback`, { url: `${url}/callbacks/${demoApp}`, mode: 'safe' });
    const { key } = await fleet.admin<{ key: string }>('POST', '/api-keys', { name: 'site', appids: '*', scopes: ['login'] });
    return new Visitors(fleet, wechat, url, key);
  }

  /** One visit, from the code to its end: `redeemed`, or why not, with what happened on the way. */
  async visit(number: number): Promise<{ end: string; story: string[] }> {
    const story: string[] = [];
    const person = `visitor-${number}`;
    const binding = `session-${number}`;
    await this.wechat.control('POST', '/people', { id: person, name: person, follows: [demoApp] });
    const login = await again(() => this.begin(binding));
    const phone = this.agree(person, login, story);
    const end = await this.watch(login, binding);
    await phone;
    return { end, story };
  }

  private async begin(binding: string): Promise<BegunLogin> {
    return (await this.ask(`/v1/apps/${demoApp}/qr-logins`, { binding, ttl_seconds: 60 })) as BegunLogin;
  }

  /** What the browser sees, until it is over; a code goes to the site, which redeems it. */
  private async watch({ id, poll_token }: BegunLogin, binding: string): Promise<string> {
    for (;;) {
      const state = await again(async () => {
        const answer = await fetch(`${this.address}/v1/qr-logins/${id}?wait=5`, {
          headers: { authorization: `Bearer ${poll_token}` },
        });
        return (await answer.json()) as { status: string; login_code?: string };
      });
      if (over.includes(state.status)) return state.status;
      if (state.login_code !== undefined)
        await again(() => this.ask('/v1/qr-logins/redeem', { login_code: state.login_code, binding }, [200, 409]));
    }
  }

  private async agree(person: string, { qr_content }: BegunLogin, story: string[]): Promise<void> {
    const { push } = await this.wechat.control<{
      push: { state: string; attempts: { outcome: string }[]; reply: object | null };
    }>('POST', `/people/${person}/scan`, { content: qr_content });
    story.push(`${push.attempts.map(({ outcome }) => outcome).join(' ')} → ${push.state}`);
    const link = linkIn(JSON.stringify(push.reply)) || (await this.inMessages(person));
    if (!link) return void story.push('no prompt');
    await again(async () => {
      const phone = new Phone(person);
      const asked = await phone.open(link);
      if (asked.status !== 200) throw new Error(asked.text);
      story.push(asked.text.includes('decision') ? 'asked' : asked.text.replace(/<[^>]+>|\s+/g, ' ').slice(0, 300));
      if (!asked.text.includes('decision')) return;
      const done = await phone.post(asked.url, 'decision=agree');
      if (done.status !== 200) throw new Error(done.text);
    });
  }

  private async inMessages(person: string): Promise<string> {
    for (let turn = 0; turn < 100; turn++) {
      const link = linkIn(JSON.stringify(await this.wechat.control('GET', `/people/${person}/inbox?appid=${demoApp}`)));
      if (link) return link;
      await pause(100);
    }
    return '';
  }

  private async ask(path: string, body: object, good = [201]): Promise<unknown> {
    const answer = await fetch(this.address + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!good.includes(answer.status)) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

/** As browsers and people do when a page does not load. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let turn = 0; ; turn++)
    try {
      return await work();
    } catch (error) {
      if (turn === 20) throw error;
      await pause(100);
    }
}

/** Each piece of work once, so many at a time. */
async function atOnce<T>(places: number, count: number, work: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) results[number] = await work(number);
  };
  await Promise.all(Array.from({ length: places }, worker));
  return results;
}

describe('Scans', () => {
  it.each([1, 3])(
    'are all answered with the question by %i replicas, however many come at once',
    async (count) => {
      const scans = sized({ quick: 20, full: 500 });
      const fleet = await Fleet.start(count, undefined);
      const callback = { token: callbackToken };
      await fleet.admin('PUT', `/apps/${appid}`, { kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback });
      const { database, replicas } = fleet;

      for (const atOnce of [1, 3, 5, 10])
        expect([atOnce, await questionsAfter({ appid, database, replicas }, { scans, atOnce })]).toEqual([atOnce, scans]);
    },
    10 * minutes,
  );
});

describe('Logins by a scanned code', () => {
  it(
    'all end with a code or with a reason while replicas are killed',
    async () => {
      const { logins, kills } = sized({ quick: { logins: 30, kills: 1 }, full: { logins: 300, kills: 9 } });
      const site = await Visitors.before(3);
      let harmed = 0;
      let underWay: Promise<unknown> = Promise.resolve();
      const harm = async (): Promise<void> => {
        const [victim] = site.fleet.replicas;
        if (!victim) return;
        site.fleet.forget(victim);
        await Promise.all([site.fleet.add(), victim.process.end('SIGKILL')]);
      };

      const ends = await atOnce(10, logins, async (number) => {
        if (number >= ((harmed + 1) * logins) / (kills + 1) && harmed < kills) {
          harmed++;
          underWay = underWay.then(harm);
        }
        return site.visit(number);
      });
      await underWay;

      expect(harmed).toBe(kills);
      expect(ends.filter(({ end }) => end !== 'redeemed' && end !== 'cancelled')).toEqual([]);
      expect(ends.filter(({ end }) => end === 'redeemed').length).toBeGreaterThan(logins * 0.9);
    },
    10 * minutes,
  );
});
