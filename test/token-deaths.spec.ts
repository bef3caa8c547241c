import { describe, expect, it } from '@jest/globals';
import { Credentials } from '#token';
import { type Answer, TestGateway } from './support/gateway.js';
import { TestPlatform } from './support/platform.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const stable = '/cgi-bin/stable_token';
const classic = '/cgi-bin/token';
const probe = '/cgi-bin/get_api_domain_ip';
const path = `/v1/apps/${demoApp}/access-token`;

/** Due renewals are done when the test says so, on every replica. */
async function house(change: Record<string, unknown> = {}) {
  const wechat = await TestWechat.start();
  const gateway = await TestGateway.start({ env: wechat.env, withoutJobs: ['token-renewal'] });
  await wechat.registerIn(gateway, change);
  const { key } = await gateway.makeKey({ scopes: ['token:read', 'qr'] });
  return {
    wechat,
    gateway,
    read: (at = gateway): Promise<Answer> => at.ask(path, { key }),
    reject: (token: string, at = gateway, by = key): Promise<Answer> =>
      at.ask(`${path}/rejections`, { method: 'POST', key: by, body: { access_token: token } }),
    makeCode: (at = gateway): Promise<Answer> =>
      at.ask(`/v1/apps/${demoApp}/qr-codes`, { method: 'POST', key, body: { scene: 'x' } }),
    kill: (line = 'stable'): Promise<unknown> => wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line }),
    /** WeChat takes only another address, or ours again. */
    list: (...addresses: string[]): Promise<unknown> => wechat.control('PATCH', `/apps/${demoApp}`, { ip_allow_list: addresses }),
    /** At WeChat, and in the rows that remember moments. */
    passes: async (seconds: number): Promise<void> => {
      const columns = 'obtained_at expires_at renew_at failed_at attention_at proven_at forced_at died_at'.split(' ');
      const earlier = columns.map((column) => `${column} = ${column} - make_interval(secs => $1)`).join(', ');
      await wechat.passes(seconds);
      await gateway.database.query(`UPDATE credential SET ${earlier}`, [seconds]);
      await gateway.database.query(
        'UPDATE needless_report SET reported_at = ARRAY(SELECT at - make_interval(secs => $1) FROM unnest(reported_at) AS at)',
        [seconds],
      );
    },
  };
}

const tokenOf = (answer: Answer): string => {
  if (answer.status !== 200) throw new Error(answer.text);
  return String(answer.body.access_token);
};
const gistOf = ({ status, body }: Answer): unknown[] => [status, body.code];
const waitOf = ({ headers }: Answer): number => Number(headers.get('retry-after'));
const renewDue = (gateway: TestGateway): Promise<void> => gateway.gateway.app.get(Credentials).renewDue();
const credentialOf = async (gateway: TestGateway): Promise<Record<string, unknown>> => {
  const { body } = await gateway.admin(`/apps/${demoApp}/credentials`);
  return (body.credentials as Record<string, unknown>[])[0] ?? {};
};
const heals = (look: () => Promise<Answer>): Promise<Answer> => until(look, ({ status }) => status === 200);
/** Replicas in one process log through the one that was started last. */
const errorsOf = (...replicas: TestGateway[]): string =>
  replicas
    .flatMap(({ logged }) => logged)
    .filter((line) => line.includes('"level":"error"'))
    .join('');

/** What an operator can do about an app. */
const remedies: [string, (gateway: TestGateway, secret: string) => Promise<unknown>][] = [
  ['a check', (gateway) => gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' })],
  ['the secret', (gateway, secret) => gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { secret } })],
  [
    'disabling and enabling',
    async (gateway) => {
      for (const enabled of [false, true]) {
        await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { enabled } });
        await gateway.hearChanges();
      }
    },
  ],
];

describe('Another program with the secret', () => {
  it.each(['classic', 'stable'])(
    'may fetch once a minute for hours: every death of a %s token is healed',
    async (token_mode) => {
      const { wechat, gateway, read, reject, kill, passes } = await house({ token_mode });
      const { secret } = await wechat.app();
      const itFetches = async (): Promise<void> => {
        const query = `grant_type=client_credential&appid=${demoApp}&secret=${secret}`;
        await (token_mode === 'classic' ? fetch(`${wechat.url}${classic}?${query}`) : kill());
        await passes(60);
      };

      for (let minute = 0; minute < 120; minute += 2) {
        const before = tokenOf(await read());
        // The first of the two leaves a classic token a few minutes more.
        await itFetches();
        await itFetches();
        const healed = tokenOf(await reject(before));
        expect(healed).not.toBe(before);
        expect(await wechat.takes(healed)).toBe(true);
      }

      expect(await credentialOf(gateway)).toMatchObject({ early_deaths: 60 });
    },
    120_000,
  );
});

describe('While tokens die again and again', () => {
  it.each(['classic', 'stable'])(
    'the pause between fetches of a %s token doubles up to a minute, and is forgotten',
    async (token_mode) => {
      const { wechat, gateway, read, reject, makeCode, kill, passes } = await house({ token_mode });
      const twin = await gateway.twin();
      const waits: number[] = [];
      const dies = async (at: TestGateway): Promise<Answer> => {
        const token = tokenOf(await read());
        await kill(token_mode);
        return reject(token, at);
      };
      expect(await wechat.takes(tokenOf(await dies(gateway)))).toBe(true);

      for (let death = 1; death <= 9; death++) {
        // Fetched in a moment, so that a slow machine does not eat the pause.
        await gateway.database.query("UPDATE credential SET obtained_at = now() + interval '20 seconds'");
        const [here, there] = death % 2 ? [gateway, twin] : [twin, gateway];
        const reported = await dies(here);
        await there.hearChanges();
        const calls = await wechat.control('GET', '/counters');
        const others = [await read(here), await read(there), await reject('an-older-one', there), await makeCode(here)];
        await Promise.all([renewDue(here), renewDue(there)]);
        const [{ wait = 0 } = {}] = await gateway.database.query<{ wait: number }>(
          'SELECT extract(epoch FROM renew_at - obtained_at)::float8 AS wait FROM credential',
        );
        waits.push(wait);

        for (const answer of [reported, ...others]) {
          expect(gistOf(answer)).toEqual([503, 'token_pending']);
          expect(waitOf(answer)).toBeGreaterThanOrEqual(wait);
          expect(waitOf(answer)).toBeLessThanOrEqual(wait + 20);
        }
        expect(await wechat.control('GET', '/counters')).toEqual(calls);
        await passes(wait + 20);
        await Promise.all([renewDue(here), renewDue(there)]);
        await Promise.all([here.hearChanges(), there.hearChanges()]);
        expect(await wechat.takes(tokenOf(await read(there)))).toBe(true);
      }

      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
      await passes(601);
      await gateway.database.query("UPDATE credential SET obtained_at = now() + interval '20 seconds'");
      expect(await wechat.takes(tokenOf(await dies(twin)))).toBe(true);
    },
  );

  it.each(remedies)('%s ends the pause', async (_, act) => {
    const { wechat, gateway, read, reject, kill } = await house();
    const { secret } = await wechat.app();
    const dies = async (): Promise<Answer> => {
      const token = tokenOf(await read());
      await kill();
      return reject(token);
    };
    await dies();
    await gateway.database.query("UPDATE credential SET obtained_at = now() + interval '1 minute'");
    expect(gistOf(await dies())).toEqual([503, 'token_pending']);

    await act(gateway, secret);

    expect(await wechat.takes(tokenOf(await heals(read)))).toBe(true);
    await gateway.database.query("UPDATE credential SET obtained_at = now() + interval '1 minute'");
    expect((await dies()).status).toBe(200);
  });
});

describe("A platform's token", () => {
  it('obeys the same pauses, and is handed to no call while WeChat gives no other', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: wechat.env, withoutJobs: ['token-renewal'] });
    const platform = await TestPlatform.register(wechat, gateway);
    const linkAfterDeath = async (): Promise<Answer> => {
      await wechat.control('POST', `/platforms/${platform.appid}/kill-tokens`);
      return platform.ask(`/v1/platforms/${platform.appid}/authorization-links`, { method: 'POST', body: {} });
    };
    const begun = await platform.ask(`/v1/platforms/${platform.appid}/authorization-links`, { method: 'POST', body: {} });
    const healed = await linkAfterDeath();
    await gateway.database.query("UPDATE credential SET obtained_at = now() + interval '20 seconds'");
    const inPause = await linkAfterDeath();
    await gateway.database.query('UPDATE credential SET obtained_at = NULL, died_at = NULL, renew_at = now()');
    const afterPause = await platform.ask(`/v1/platforms/${platform.appid}/authorization-links`, { method: 'POST', body: {} });
    await platform.change({ secret: '1'.repeat(32) });
    const refused = await linkAfterDeath();

    expect([begun.status, healed.status, afterPause.status]).toEqual([201, 201, 201]);
    expect(gistOf(inPause)).toEqual([503, 'token_pending']);
    expect(waitOf(inPause)).toBeLessThanOrEqual(21);
    expect(gistOf(refused)).toEqual([502, 'app_needs_attention']);
    const { body } = await gateway.admin(`/apps/${platform.appid}/credentials`);
    expect(body.credentials).toMatchObject([{ alive: false, needs_attention: true }]);
  });
});

describe('A dead token, and WeChat gives no other', () => {
  it.each(['stable', 'classic'])(
    'since our address is not listed: a %s one is handed out no more, and it is said what to do',
    async (token_mode) => {
      const { wechat, gateway, read, reject, makeCode, kill, list } = await house({ token_mode });
      const twin = await gateway.twin();
      const dead = tokenOf(await read());
      await read(twin);
      await kill(token_mode);
      await list('203.0.113.7');

      const answers = [await reject(dead), await reject(dead, twin), await read(), await makeCode(), await read(twin)];
      const calls = await wechat.calls(token_mode === 'stable' ? stable : classic);
      for (let turn = 0; turn < 25; turn++) answers.push(await reject(dead, turn % 2 ? gateway : twin));

      for (const answer of answers) {
        expect(gistOf(answer)).toEqual([502, 'app_needs_attention']);
        expect(answer.body.wechat).toMatchObject({ errcode: 40164, hint: expect.stringContaining('to the IP allow-list') });
      }
      expect(await wechat.calls(token_mode === 'stable' ? stable : classic)).toBe(calls);
      expect(await credentialOf(gateway)).toMatchObject({
        alive: false,
        needs_attention: true,
        failures: 1,
        last_error: { hint: expect.stringContaining('to the IP allow-list') },
      });
      const gauge = `wx_token_needs_attention{appid="${demoApp}",kind="access_token"} 1`;
      for (const replica of [gateway, twin]) expect((await replica.seenMetrics()).text).toContain(gauge);
      expect(errorsOf(gateway, twin)).toMatch(/access_token of wx\w+ was not renewed.*to the IP allow-list/);
    },
  );

  it.each(remedies)('since our address is not listed: %s heals it once it is', async (_, act) => {
    const { wechat, gateway, read, reject, kill, list } = await house();
    const { secret } = await wechat.app();
    const dead = tokenOf(await read());
    await kill();
    await list('203.0.113.7');
    for (let turn = 0; turn < 25; turn++) expect((await reject(dead)).status).toBe(502);
    await list();

    await act(gateway, secret);

    expect(await wechat.takes(tokenOf(await heals(read)))).toBe(true);
    expect(await credentialOf(gateway)).toMatchObject({ alive: true, needs_attention: false, failures: 0, last_error: null });
    expect((await gateway.seenMetrics()).text).not.toContain('wx_token_needs_attention{');
  });

  it('since the secret was reset: the new one heals it', async () => {
    const { wechat, gateway, read, reject, kill } = await house();
    const dead = tokenOf(await read());
    await wechat.control('PATCH', `/apps/${demoApp}`, { secret: '1'.repeat(32) });
    await kill();

    const refused = [await reject(dead), await read()];
    const shown = await credentialOf(gateway);
    await gateway.admin(`/apps/${demoApp}`, { method: 'PATCH', body: { secret: '1'.repeat(32) } });

    for (const answer of refused) {
      expect(gistOf(answer)).toEqual([502, 'app_needs_attention']);
      expect(answer.body.wechat).toMatchObject({ errcode: 40125, hint: expect.stringContaining('secret') });
    }
    expect(shown).toMatchObject({ alive: false, needs_attention: true });
    expect(errorsOf(gateway)).toMatch(/the secret is wrong/);
    expect(await wechat.takes(tokenOf(await heals(read)))).toBe(true);
  });

  it('since it is busy: the dead one is handed out no more, and all is well soon after', async () => {
    const { wechat, gateway, read, reject, kill, passes } = await house();
    const dead = tokenOf(await read());
    await kill();
    await wechat.fault({ path: stable, kind: 'errcode', errcode: -1, count: 1_000 });

    const answers: Answer[] = [];
    for (let second = 0; second < 16; second++) {
      answers.push(await reject(dead), await reject(dead), await read());
      await passes(1);
      await renewDue(gateway);
    }
    await wechat.control('DELETE', '/faults');
    await passes(24 * 1.2);
    await renewDue(gateway);

    for (const answer of answers) expect(gistOf(answer)).toEqual([503, 'wechat_busy']);
    expect(await wechat.calls(stable)).toBeLessThan(12);
    expect(await wechat.takes(tokenOf(await read()))).toBe(true);
  });
});

describe('A token of which WeChat says nothing', () => {
  it('is looked at again by every report: the first that is answered heals it', async () => {
    const { wechat, read, reject, kill, passes } = await house();
    const dead = tokenOf(await read());
    await kill();
    await wechat.fault({ kind: 'errcode', errcode: -1, count: 1_000 });
    for (let turn = 0; turn < 25; turn++) {
      expect(gistOf(await reject(dead))).toEqual([503, 'wechat_busy']);
      await passes(0.64);
    }

    await wechat.control('DELETE', '/faults');

    expect(await wechat.takes(tokenOf(await reject(dead)))).toBe(true);
  });

  it('is asked about once by all who report it together', async () => {
    const { wechat, read, reject } = await house();
    const token = tokenOf(await read());
    await wechat.fault({ path: probe, kind: 'errcode', errcode: -1, count: 1_000 });

    const answers = await Promise.all(Array.from({ length: 40 }, () => reject(token)));

    for (const answer of answers) expect(gistOf(answer)).toEqual([503, 'wechat_busy']);
    expect(await wechat.calls(probe)).toBeLessThan(10);
    expect(tokenOf(await read())).toBe(token);
  });
});

describe('A living token', () => {
  it.each([
    ['refuses the secret', { errcode: 40125 }],
    ['is busy', { errcode: -1 }],
  ])('is kept where WeChat takes it and %s', async (_, fault) => {
    const { wechat, read, reject } = await house();
    const token = tokenOf(await read());
    await wechat.fault({ path: stable, kind: 'errcode', ...fault, count: 1 });

    expect((await reject(token)).body).toMatchObject({ access_token: token, still_valid: true });
  });
});

describe('A key that reports living tokens', () => {
  it('every ten seconds is not listened to for ten minutes; a death is healed for everybody else, and then for it', async () => {
    const { wechat, gateway, read, reject, kill, passes } = await house();
    const twin = await gateway.twin();
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    const token = tokenOf(await read());
    const answers: Answer[] = [];
    for (let turn = 0; turn < 30; turn++) {
      answers.push(await reject(token, turn % 2 ? gateway : twin, key));
      await passes(10.5);
    }
    const calls = await wechat.calls(stable);
    await kill();

    const silenced = await reject(token, gateway, key);
    const healed = tokenOf(await reject(token));

    for (const answer of answers.slice(0, 5)) expect(answer.body).toMatchObject({ access_token: token, still_valid: true });
    for (const answer of [...answers.slice(5), silenced]) {
      expect(gistOf(answer)).toEqual([429, 'too_many_rejections']);
      expect(waitOf(answer)).toBeLessThanOrEqual(590);
    }
    expect(waitOf(answers[5] as Answer)).toBeGreaterThan(570);
    expect(calls).toBe(6);
    expect(await wechat.takes(healed)).toBe(true);
    expect(tokenOf(await gateway.ask(path, { key }))).toBe(healed);
    await passes(600 - 25 * 10.5);
    expect(tokenOf(await reject(token, gateway, key))).toBe(healed);
  });

  it('does not keep the calls of the gateway from healing a death', async () => {
    const { wechat, read, reject, makeCode, kill, passes } = await house();
    const token = tokenOf(await read());
    for (let turn = 0; turn < 6; turn++) await reject(token);
    await passes(11);
    await kill();
    expect((await reject(token)).status).toBe(429);

    expect((await makeCode()).status).toBe(201);

    expect(await wechat.takes(tokenOf(await read()))).toBe(true);
  });

  it('gets five answers, also where it asks many replicas at once', async () => {
    const { gateway, read, reject } = await house();
    const twin = await gateway.twin();
    const token = tokenOf(await read());

    const answers = await Promise.all(Array.from({ length: 30 }, (_, turn) => reject(token, turn % 2 ? gateway : twin)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  it('is heard again after four in each ten minutes, for other apps, and when the app is checked', async () => {
    const { wechat, gateway, read, reject, passes } = await house();
    const token = tokenOf(await read());
    for (let turn = 0; turn < 12; turn++) {
      expect((await reject(token)).status).toBe(200);
      await passes(turn % 4 === 3 ? 590 : 5);
    }
    expect((await reject(token)).status).toBe(200);
    for (let turn = 0; turn < 4; turn++) await reject(token);
    expect((await reject(token)).status).toBe(429);
    const other = (await wechat.control<{ appid: string; kind: string }[]>('GET', '/apps')).find(
      ({ appid, kind }) => appid !== demoApp && kind === 'mini_program',
    );
    await wechat.registerIn(gateway, {}, other?.appid);
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    expect((await gateway.ask(`/v1/apps/${other?.appid}/access-token`, { key })).status).toBe(200);

    await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });

    expect((await reject(token)).status).toBe(200);
  });
});

describe('A stable token that WeChat gives again although it is dead', () => {
  /** WeChat says for one call that the living one is dead. */
  const seemsDead = async ({ wechat, read, reject }: Awaited<ReturnType<typeof house>>): Promise<Answer> => {
    const token = tokenOf(await read());
    await wechat.fault({ path: probe, kind: 'errcode', errcode: 40001, count: 1 });
    return reject(token);
  };
  const forcedCalls = async (wechat: TestWechat): Promise<number> => {
    const journal = await wechat.control<{ path?: string; request_body?: string }[]>('GET', '/journal');
    return journal.filter((call) => call.path === stable && call.request_body?.includes('"force_refresh":true')).length;
  };
  /** The rows' day must not change while it is counted. */
  const midnightIsFar = (): Promise<unknown> =>
    until(
      () => (Date.now() / 1_000 - 16 * 3_600) % 86_400,
      (s) => s > 62,
      90_000,
    );

  it('is replaced by force, not oftener than every 30 seconds', async () => {
    const all = await house();
    const { gateway, wechat, passes, read } = all;
    const first = tokenOf(await seemsDead(all));
    await seemsDead(all);
    await passes(2);

    await renewDue(gateway);

    const early = await read();
    expect(gistOf(early)).toEqual([503, 'token_pending']);
    expect(waitOf(early)).toBeGreaterThan(20);
    expect(await forcedCalls(wechat)).toBe(1);
    await passes(35);
    await renewDue(gateway);
    const next = tokenOf(await read());
    expect(next).not.toBe(first);
    expect(await wechat.takes(next)).toBe(true);
    expect(await forcedCalls(wechat)).toBe(2);
  });

  it.each([
    ...remedies,
    [
      'midnight in China',
      async (gateway: TestGateway) => {
        await gateway.database.query("UPDATE credential SET forced_at = forced_at - interval '1 day', renew_at = now()");
        await renewDue(gateway);
      },
    ] as (typeof remedies)[number],
  ])(
    'is replaced 18 times a day; then the app needs attention until %s',
    async (_, act) => {
      const all = await house();
      const { gateway, wechat, passes, read } = all;
      const { secret } = await wechat.app();
      const twin = await gateway.twin();
      await midnightIsFar();
      for (let turn = 0; turn < 18; turn++) {
        expect(await wechat.takes(tokenOf(await seemsDead(all)))).toBe(true);
        await passes(61);
      }

      const answers = [await seemsDead(all), await read(), await read(twin)];
      const shown = await credentialOf(gateway);
      await renewDue(gateway);

      for (const answer of answers) {
        expect(gistOf(answer)).toEqual([502, 'app_needs_attention']);
        expect(answer.body.detail).toContain('check the app');
      }
      expect(shown).toMatchObject({
        alive: false,
        needs_attention: true,
        last_error: { hint: expect.stringContaining('another program') },
      });
      expect(errorsOf(gateway, twin)).toContain('no other may be forced today');
      const [{ soon = false } = {}] = await gateway.database.query<{ soon: boolean }>(
        `SELECT renew_at <= (date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai') + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
              AND renew_at <= now() + interval '1 hour' AS soon FROM credential`,
      );
      expect(soon).toBe(true);
      expect(await forcedCalls(wechat)).toBe(18);
      await passes(31);
      await act(gateway, secret);
      expect(await wechat.takes(tokenOf(await heals(read)))).toBe(true);
      expect(await forcedCalls(wechat)).toBe(19);
    },
    120_000,
  );
});
