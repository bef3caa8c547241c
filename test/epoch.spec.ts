import { describe, expect, it } from '@jest/globals';
import { type Answer, TestGateway, productionEnv } from './support/gateway.js';
import { TestProcess } from './support/process.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { TimeMachine, becomeAnother, letHearingPass } from './support/time-machine.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const path = `/v1/apps/${demoApp}/access-token`;
const fetches = { classic: '/cgi-bin/token', stable: '/cgi-bin/stable_token' } as const;
type Mode = keyof typeof fetches;

const tokenOf = (answer: Answer): string => {
  if (answer.status !== 200) throw new Error(answer.text);
  return String(answer.body.access_token);
};

/** With a token that was fetched, a moment to go back to, and the token that was fetched since: the former one is dead. */
async function house(mode: Mode = 'classic', { deaf: withDeaf = false } = {}) {
  const wechat = await TestWechat.start();
  const gateway = await TestGateway.start({ env: wechat.env });
  await wechat.registerIn(gateway, { token_mode: mode });
  const { key } = await gateway.makeKey({ scopes: ['token:read', 'events:read'] });
  const read = (at = gateway): Promise<Answer> => at.ask(path, { key });
  const former = tokenOf(await read());
  // It hears of nothing, so it goes on to hold the former one.
  const deaf = withDeaf ? await gateway.twin({ withoutJobs: ['changes'] }) : gateway;
  await read(deaf);
  const past = await TimeMachine.remember(gateway.database);
  await wechat.control('POST', `/apps/${demoApp}/kill-tokens`, { line: mode });
  await gateway.ask(`${path}/rejections`, { method: 'POST', key, body: { access_token: former } });
  const latest = tokenOf(await read());
  const epoch = async (): Promise<string> =>
    String((await gateway.database.query<{ value: string }>('SELECT value FROM epoch'))[0]?.value);
  return {
    wechat,
    gateway,
    deaf,
    key,
    read,
    former,
    latest,
    past,
    calls: (): Promise<number> => wechat.calls(fetches[mode], demoApp),
    /** The database has gone back, and somebody has noticed. */
    goBack: async (): Promise<void> => {
      const before = await epoch();
      await until(
        async () => {
          await gateway.hearChanges();
          return gateway.database.query<{ ahead: boolean }>('SELECT pulse > (SELECT pulse FROM past.epoch) AS ahead FROM epoch');
        },
        ([row]) => row?.ahead === true,
      );
      await gateway.hearChanges();
      await past.goBack();
      await until(epoch, (value) => value !== before);
    },
  };
}

describe('When the database goes back in time', () => {
  it.each<Mode>(['classic', 'stable'])('a %s token that memory holds stays in use, and is written back', async (mode) => {
    const { gateway, read, latest, calls, goBack } = await house(mode);
    const fetched = await calls();

    await goBack();

    expect(tokenOf(await read())).toBe(latest);
    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE epoch = current_epoch() AND confirmed_fence IS NOT NULL'),
      (rows) => rows.length === 1,
    );
    const newcomer = await gateway.twin();
    expect(tokenOf(await read(newcomer))).toBe(latest);
    expect(await calls()).toBe(fetched);
  });

  it('a token whose row was made in the time that was lost stays in use too', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: wechat.env });
    await wechat.registerIn(gateway, { token_mode: 'classic' });
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    const past = await TimeMachine.remember(gateway.database);
    const token = tokenOf(await gateway.ask(path, { key }));

    await past.goBack();
    await becomeAnother(gateway.database);
    await gateway.hearChanges();

    expect(tokenOf(await gateway.ask(path, { key }))).toBe(token);
    expect(tokenOf(await (await gateway.twin()).ask(path, { key }))).toBe(token);
  });

  it('the newer of two tokens counts that replicas hold, whichever of them speaks first', async () => {
    const { gateway, deaf, read, former, latest, past } = await house('classic', { deaf: true });
    expect(tokenOf(await read(deaf))).toBe(former);
    gateway.stopHearing();

    await past.goBack();
    await becomeAnother(gateway.database);
    for (const replica of [deaf, gateway, deaf]) await replica.hearChanges();

    expect(tokenOf(await read(gateway))).toBe(latest);
    expect(tokenOf(await read(deaf))).toBe(latest);
  });

  it('a connection that breaks just as a replica notices swallows no news', async () => {
    const { gateway, wechat, key, past, latest } = await house();
    const proxy = await SeverableProxy.to(gateway.database.url);
    const noticing = await gateway.twin({ env: { ...wechat.env, DATABASE_URL: proxy.url } });
    expect(tokenOf(await noticing.ask(path, { key }))).toBe(latest);
    noticing.stopJobs();
    await gateway.stop();
    await past.goBack();
    await becomeAnother(gateway.database);
    await gateway.twin();

    proxy.cutAfter(1);
    await noticing.hearChanges();
    const wasCut = proxy.isCut;
    proxy.mend();
    await noticing.hearChanges();

    expect(wasCut).toBe(true);
    expect(
      await gateway.database.query('SELECT 1 FROM credential WHERE epoch = current_epoch() AND confirmed_fence IS NOT NULL'),
    ).toHaveLength(1);
  });

  it('a token that no memory holds is not handed out, and fetched once for all who ask', async () => {
    const { wechat, gateway, read, former, past, calls } = await house();
    await gateway.stop();
    await past.goBack();
    await becomeAnother(gateway.database);
    const fetched = await calls();
    const replicas = await Promise.all([gateway.twin(), gateway.twin()]);

    const asked = Promise.all([...replicas, ...replicas].map((replica) => read(replica)));
    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE epoch IS DISTINCT FROM current_epoch()'),
      (rows) => rows.length === 1,
    );
    await letHearingPass(gateway.database);

    const tokens = new Set((await asked).map(tokenOf));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(former);
    expect(await wechat.takes([...tokens][0] ?? '')).toBe(true);
    expect(await calls()).toBe(fetched + 1);
  });

  it('one that nobody asks for is fetched by the clock', async () => {
    const { wechat, gateway, former, past } = await house('stable');
    await gateway.stop();
    await past.goBack();
    await becomeAnother(gateway.database);

    await gateway.twin();
    await letHearingPass(gateway.database);

    await until(
      () => gateway.database.query('SELECT 1 FROM credential WHERE epoch = current_epoch() AND sealed_value IS NOT NULL'),
      (rows) => rows.length === 1,
    );
    expect(await wechat.takes(former)).toBe(false);
  });

  it('fences begin above all that were given before, so no claim of the lost time equals one made since', async () => {
    const { gateway, goBack } = await house();
    const fenceOf = async (): Promise<bigint> =>
      BigInt((await gateway.database.query<{ fence: string }>('SELECT fence FROM credential'))[0]?.fence ?? 0);
    const before = await fenceOf();

    await goBack();
    await until(fenceOf, (fence) => fence > before);

    expect(await fenceOf()).toBeGreaterThanOrEqual(1n << 32n);
  });
});

describe('A database that was restored while nobody served it', () => {
  it('hands out no token from before, once it was told by npm run after-restore', async () => {
    const { gateway, read, former, past } = await house('stable');
    await gateway.stop();
    await past.goBack();

    const told = TestProcess.start('dist/apps/gateway/src/after-restore.js', { env: productionEnv(gateway.database.url) });
    expect([await told.exit(), told.output]).toEqual([0, expect.stringContaining('knows that it was restored')]);
    await letHearingPass(gateway.database);

    expect(tokenOf(await read(await gateway.twin()))).not.toBe(former);
  });
});

describe('A database that did not go back in time', () => {
  it('keeps its epoch over restarts, and under many replicas', async () => {
    const gateway = await TestGateway.start();
    const epoch = () => gateway.database.query('SELECT value, number FROM epoch');
    const before = await epoch();
    const replicas = await Promise.all(Array.from({ length: 3 }, () => gateway.twin()));

    for (let turn = 0; turn < 50; turn++) {
      await gateway.database.query("UPDATE epoch SET pulsed_at = now() - interval '2 seconds'");
      await Promise.all([gateway, ...replicas].map((replica) => replica.hearChanges()));
    }
    await gateway.stop();
    await gateway.twin();

    expect(await epoch()).toEqual(before);
  });
});
