// Proves: replicas renew each token by one call, and living tokens outlast kills, outages and wrong clocks. At most 40 minutes.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { TestProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { TestWechat, demoApp } from '../support/wechat.js';
import { Fleet, type Replica, type TokenAnswer, makeApps } from './fleet.js';
import { sized } from './size.js';

const stable = '/cgi-bin/stable_token';
const classic = '/cgi-bin/token';

interface IssuedToken {
  readonly value: string;
  readonly line: string;
}

const issued = async (wechat: TestWechat, appid: string, line: string): Promise<string[]> => {
  const { tokens } = await wechat.control<{ tokens: IssuedToken[] }>('GET', `/apps/${appid}`);
  return tokens.filter((token) => token.line === line).map((token) => token.value);
};

/** A WeChat whose tokens live only for seconds. The gateway renews such a one in the last quarter of its life. */
const shortLived = (lifetime: number): Promise<TestWechat> =>
  TestWechat.start({ switches: { token_lifetime_seconds: lifetime, token_overlap_seconds: Math.ceil(lifetime / 4) + 2 } });

const good = (answer: TokenAnswer): string => {
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.token;
};

/** Reads every app again and again until the time is over; WeChat must take every token that comes back. */
async function readThrough(fleet: Fleet, wechat: TestWechat, appids: string[], seconds: number): Promise<number> {
  let reads = 0;
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(200)) {
    const tokens = await Promise.all(appids.map(async (appid) => good(await fleet.read(appid))));
    reads += tokens.length;
    const sample = tokens[reads % tokens.length] ?? '';
    expect(await wechat.takes(sample)).toBe(true);
  }
  return reads;
}

describe('Many replicas', () => {
  it('renew each token by exactly one call, through three lifetimes', async () => {
    const { replicas, apps, lifetime } = sized({
      quick: { replicas: 2, apps: 6, lifetime: 6 },
      full: { replicas: 4, apps: 100, lifetime: 24 },
    });
    const wechat = await shortLived(lifetime);
    const fleet = await Fleet.start(replicas, wechat, { RENEWALS_PER_SECOND: '50' });
    const appids = await makeApps(wechat, apps);
    for (const appid of appids) await fleet.register(wechat, appid);

    await readThrough(fleet, wechat, appids, lifetime * 3);

    for (const appid of appids) {
      const minted = await issued(wechat, appid, 'stable');
      expect(minted.length).toBeGreaterThanOrEqual(3);
      // A call that a renewal did not need would have returned a token that was there already.
      expect({ appid, calls: await wechat.calls(stable, appid) }).toEqual({ appid, calls: minted.length });
      expect(minted.length).toBeLessThanOrEqual(6);
    }
  });

  it('do not mind clocks that are five minutes apart', async () => {
    const lifetime = sized({ quick: 6, full: 24 });
    const wechat = await shortLived(lifetime);
    const fleet = await Fleet.start(0, wechat);
    const preload = `--import=${new URL('../support/skewed-clock.mjs', import.meta.url).href}`;
    for (const skew of ['300', '-300']) await fleet.add({ NODE_OPTIONS: preload, CLOCK_SKEW_SECONDS: skew });
    const [appid = ''] = await makeApps(wechat, 1);
    await fleet.makeKey();
    await fleet.register(wechat, appid);

    await readThrough(fleet, wechat, [appid], lifetime * 3);

    for (const replica of fleet.replicas) {
      const left = Number((await fleet.read(appid, replica)).body.expires_in);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(lifetime);
    }
    expect(await wechat.calls(stable, appid)).toBe((await issued(wechat, appid, 'stable')).length);
  });
});

describe('A storm of reports of one dead token', () => {
  it('costs one renewal, and nobody is given the dead one afterwards', async () => {
    const { replicas, callers } = sized({ quick: { replicas: 2, callers: 60 }, full: { replicas: 3, callers: 1_000 } });
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(replicas, wechat);
    await fleet.register(wechat, demoApp);
    const dead = good(await fleet.read(demoApp));
    for (const replica of fleet.replicas) expect(good(await fleet.read(demoApp, replica))).toBe(dead);
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });

    const answers = await Promise.all(
      Array.from({ length: callers }, (_, number) => fleet.reject(demoApp, dead, fleet.replicas[number % replicas])),
    );
    const after = await Promise.all(fleet.replicas.map((replica) => fleet.read(demoApp, replica)));

    const tokens = new Set([...answers, ...after].map(good));
    expect(tokens.size).toBe(1);
    expect(tokens.has(dead)).toBe(false);
    expect(await wechat.calls(stable)).toBe(2);

    const counters = await wechat.control<unknown>('GET', '/counters');
    for (let late = 0; late < 20; late++) expect(tokens.has(good(await fleet.reject(demoApp, dead)))).toBe(true);
    expect(await wechat.control('GET', '/counters')).toEqual(counters);
  });
});

describe('A caller who finds no token', () => {
  it('is answered within ten seconds, however long the fetch takes; it goes on for those who come after', async () => {
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(1, wechat);
    await fleet.register(wechat, demoApp);
    // Crowded: the turn of this one comes in four seconds. And then WeChat takes its time.
    await fleet.database.query("INSERT INTO upstream_pace VALUES ($1, now() + interval '4 seconds')", [new URL(wechat.url).host]);
    await wechat.fault({ path: stable, kind: 'slow', delay_ms: 7_000, count: 1 });

    const begun = performance.now();
    const first = fleet.read(demoApp);
    await pause(2_000);
    const second = fleet.read(demoApp);

    expect((await first).body).toMatchObject({ status: 503, code: 'token_pending' });
    expect(performance.now() - begun).toBeLessThan(10_500);
    good(await second);
    expect(await wechat.calls(stable)).toBe(1);
  });
});

describe('A crowd of apps without a token', () => {
  it('comes to WeChat at the pace that is set, through any number of replicas', async () => {
    const { replicas, apps, pace } = sized({
      quick: { replicas: 2, apps: 12, pace: 2 },
      full: { replicas: 4, apps: 300, pace: 10 },
    });
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(replicas, wechat, { RENEWALS_PER_SECOND: String(pace) });
    const appids = await makeApps(wechat, apps);
    for (const appid of appids) await fleet.register(wechat, appid);

    await Promise.all(
      appids.map((appid) =>
        until(
          () => fleet.read(appid),
          ({ status }) => status === 200,
          120_000,
        ),
      ),
    );

    const journal = await wechat.control<{ path?: string; at: string }[]>('GET', '/journal');
    const times = journal.filter(({ path }) => path === stable).map(({ at }) => Date.parse(at));
    expect(times).toHaveLength(apps);
    // Turns are set apart evenly; on the way to WeChat some are a little late.
    const crowds = times.map((time) => times.filter((other) => other >= time && other < time + 1_000).length);
    expect(Math.max(...crowds)).toBeLessThanOrEqual(2 * pace);
  });
});

describe('A replica that is killed while it asks WeChat', () => {
  it(
    'costs at most one more call, and never leaves an app stuck or an older token over a newer one',
    async () => {
      const rounds = sized({ quick: 1, full: 20 });
      const wechat = await TestWechat.start();
      const fleet = await Fleet.start(1, wechat, { RENEWAL_LEASE_SECONDS: '10' });
      await fleet.register(wechat, demoApp, { token_mode: 'classic' });
      const survivor = fleet.replicas[0] as Replica;
      good(await fleet.read(demoApp, survivor));

      for (let round = 0; round < rounds; round++) {
        const victim = await fleet.add();
        const before = await wechat.calls(classic);
        const former = good(await fleet.read(demoApp, survivor));
        // Only the victim can claim: the survivor is held still meanwhile.
        process.kill(survivor.process.pid, 'SIGSTOP');
        await wechat.fault({ path: classic, kind: 'slow', delay_ms: 3_000, count: 1 });
        await fleet.database.query('UPDATE credential SET renew_at = now()');
        await until(
          () => fleet.database.query('SELECT 1 FROM credential WHERE leased_until > now()'),
          (leased) => leased.length === 1,
        );
        await victim.process.end('SIGKILL');
        fleet.forget(victim);
        process.kill(survivor.process.pid, 'SIGCONT');

        const renewed = await until(
          () => fleet.read(demoApp, survivor),
          (answer) => good(answer) !== former,
          30_000,
        );

        expect((await wechat.calls(classic)) - before).toBeLessThanOrEqual(2);
        expect(renewed.token).toBe((await issued(wechat, demoApp, 'classic')).at(-1));
        expect(await wechat.takes(renewed.token)).toBe(true);
      }
    },
    sized({ quick: 120_000, full: 900_000 }),
  );
});

describe('The database gone for a while', () => {
  it('stops no read of a living token, causes no call to WeChat, and is got over without help', async () => {
    const seconds = sized({ quick: 2, full: 30 });
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(2, wechat);
    await fleet.register(wechat, demoApp);
    const token = good(await fleet.read(demoApp));
    for (const replica of fleet.replicas) good(await fleet.read(demoApp, replica));

    fleet.proxy.cut();
    let reads = 0;
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; reads += 20)
      for (const answer of await Promise.all(Array.from({ length: 20 }, () => fleet.read(demoApp))))
        expect(good(answer)).toBe(token);
    fleet.proxy.mend();

    expect(reads).toBeGreaterThan(seconds * 20);
    expect(await wechat.calls(stable)).toBe(1);
    await until(
      () =>
        Promise.all(
          fleet.replicas.map(async ({ url }) => (await fetch(`${url}/health/ready`)).json() as Promise<{ status: string }>),
        ),
      (all) => all.every(({ status }) => status === 'ok'),
    );
    await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: 'stable' });
    expect(good(await fleet.reject(demoApp, token))).not.toBe(token);
  });
});

describe('WeChat down when tokens are due', () => {
  it('leaves the living ones served to their end, hears few calls, and is asked again within 30 seconds of its return', async () => {
    const { apps, lifetime, outage } = sized({
      quick: { apps: 3, lifetime: 8, outage: 9 },
      full: { apps: 30, lifetime: 30, outage: 60 },
    });
    const wechat = await shortLived(lifetime);
    const fleet = await Fleet.start(2, wechat, { RENEWALS_PER_SECOND: '20' });
    const appids = await makeApps(wechat, apps);
    for (const appid of appids) await fleet.register(wechat, appid);
    const first = await Promise.all(appids.map(async (appid) => good(await fleet.read(appid))));

    await wechat.fault({ path: stable, kind: 'status', status: 502, count: 1_000_000 });
    const began = Date.now();
    const before = await wechat.calls(stable);
    while (Date.now() - began < outage * 1_000) {
      const answers = await Promise.all(appids.map((appid) => fleet.read(appid)));
      answers.forEach((answer, place) => {
        if (answer.status === 200) expect(answer.token).toBe(first[place]);
        else expect(['wechat_unreachable', 'token_pending']).toContain(answer.code);
        // Renewed nowhere, each lives to within a second or two of its end.
        if (Date.now() - began < (lifetime - 4) * 1_000) expect(answer.status).toBe(200);
      });
      await pause(200);
    }
    const calls = (await wechat.calls(stable)) - before;
    await wechat.control('DELETE', '/faults');
    const returned = Date.now();
    await until(
      () => Promise.all(appids.map((appid) => fleet.read(appid))),
      (answers) => answers.every((answer) => answer.status === 200),
      30_000,
    );

    expect(Date.now() - returned).toBeLessThan(30_000);
    expect(calls).toBeLessThanOrEqual(20 * outage);
  });
});

describe('A verdict that only a person can cure', () => {
  it.each([
    ['40164', { ip_allow_list: ['203.0.113.7'] }, { ip_allow_list: [] }, 'allow-list'],
    ['40125', { secret: 'e'.repeat(32) }, undefined, 'secret'],
  ])('%s costs at most two calls, until the operator acts', async (errcode, trouble, cure, hint) => {
    const seconds = sized({ quick: 2, full: 60 });
    const wechat = await TestWechat.start();
    const fleet = await Fleet.start(2, wechat);
    await fleet.register(wechat, demoApp);
    await wechat.control('PATCH', `/apps/${demoApp}`, trouble);

    const answers: TokenAnswer[] = [];
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(50)) answers.push(await fleet.read(demoApp));

    expect(await wechat.calls(stable)).toBeLessThanOrEqual(2);
    for (const { status, body } of answers) {
      expect(status).toBe(502);
      expect(body).toMatchObject({
        code: 'app_needs_attention',
        wechat: { errcode: Number(errcode), hint: expect.stringContaining(hint) },
      });
    }
    const { credentials } = await fleet.admin<{ credentials: object[] }>('GET', `/apps/${demoApp}/credentials`);
    expect(credentials).toMatchObject([{ needs_attention: true, last_error: { hint: expect.stringContaining(hint) } }]);

    if (cure) await wechat.control('PATCH', `/apps/${demoApp}`, cure);
    else await fleet.admin('PATCH', `/apps/${demoApp}`, { secret: 'e'.repeat(32) });
    if (cure) await fleet.admin('POST', `/apps/${demoApp}/check`);
    await until(
      () => fleet.read(demoApp),
      (answer) => answer.status === 200,
    );
  });
});

describe('Five services with wechat-api', () => {
  it('lose no call with tokens from the gateway, and many with tokens of their own', async () => {
    const { calls, pauseMilliseconds } = sized({
      quick: { calls: 25, pauseMilliseconds: 50 },
      full: { calls: 300, pauseMilliseconds: 100 },
    });
    const wechat = await TestWechat.start({ switches: { token_overlap_seconds: 1 } });
    const fleet = await Fleet.start(2, wechat);
    await fleet.register(wechat, demoApp, { token_mode: 'classic' });
    const { secret } = await wechat.app();
    const common = {
      WECHAT: wechat.url,
      APPID: demoApp,
      SECRET: secret,
      CALLS: String(calls),
      PAUSE: String(pauseMilliseconds),
    };

    const lostBy = async (extra: Record<string, string>): Promise<number> => {
      const services = Array.from({ length: 5 }, (_, number) =>
        TestProcess.start('test/soak/wechat-api-client.mjs', {
          env: { ...common, ...extra, ...(extra.KEY && { GATEWAY: fleet.replicas[number % 2]?.url ?? '' }) },
        }),
      );
      await Promise.all(services.map((service) => service.exit()));
      return services.reduce((sum, service) => sum + Number(/lost (\d+)\./.exec(service.output)?.[1] ?? Number.NaN), 0);
    };

    const byThemselves = await lostBy({});
    const withGateway = await lostBy({ KEY: fleet.apiKey });

    console.log(
      `Of ${5 * calls} calls by five services: ${byThemselves} lost with tokens of their own, ${withGateway} with the gateway's`,
    );
    expect(withGateway).toBe(0);
    expect(byThemselves).toBeGreaterThan(0);
  });
});
