import { describe, expect, it } from '@jest/globals';
import { TestGateway } from './support/gateway.js';
import { freePort } from './support/process.js';
import { type PushOptions, callbackToken, encodingAesKey, signedPush, textPush } from './support/pusher.js';
import { TestWechat, demoApp as appid } from './support/wechat.js';

interface Refused {
  readonly reason: string;
  readonly count: number;
  readonly counts_as: string;
  readonly first_at: string;
  readonly last_at: string;
}

class House {
  private constructor(
    readonly gateway: TestGateway,
    readonly wechat: TestWechat,
  ) {}

  /** The simulator says that its pushes come from loopback alone. */
  static async build({ mode = 'plain', tellsAddresses = true, env = {} } = {}): Promise<House> {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: { ...wechat.env, TRUSTED_PROXIES: '127.0.0.0/8', ...env } });
    if (!tellsAddresses) await wechat.fault({ path: '/cgi-bin/getcallbackip', kind: 'errcode', errcode: -1 });
    await wechat.registerIn(gateway, { callback: { token: callbackToken, encoding_aes_key: encodingAesKey, mode } });
    return new House(gateway, wechat);
  }

  async push({ from, body, ...options }: Partial<PushOptions> & { from?: string; body?: string } = {}): Promise<number> {
    const push = signedPush(body ?? textPush('a'), { appid, ...options });
    const headers = { 'content-type': 'text/xml', ...(from !== undefined && { 'x-forwarded-for': from }) };
    return (await this.gateway.ask(`/callbacks/${appid}?${push.query}`, { method: 'POST', body: push.body, headers })).status;
  }

  async report(gateway = this.gateway): Promise<{ lastAcceptedAt: unknown; knownAt: unknown; refused: Refused[] }> {
    const { status, text, body } = await gateway.admin(`/apps/${appid}/callback`);
    if (status !== 200) throw new Error(text);
    return { lastAcceptedAt: body.last_accepted_at, knownAt: body.addresses_known_at, refused: body.refused as Refused[] };
  }

  /** By reason and for whom they count: an hour may have ended in between. */
  async refused(): Promise<[string, number, string][]> {
    const sums = new Map<string, [string, number, string]>();
    for (const { reason, count, counts_as: countsAs } of (await this.report()).refused) {
      const name = `${reason} ${countsAs}`;
      sums.set(name, [reason, count + (sums.get(name)?.[1] ?? 0), countsAs]);
    }
    return [...sums.values()].sort();
  }

  async checks(): Promise<Record<string, { status: string; detail: string; hint: string | null }>> {
    const { body } = await this.gateway.admin(`/apps/${appid}/check`, { method: 'POST' });
    const lines = body.checks as { check: string; status: string; detail: string; hint: string | null }[];
    return Object.fromEntries(lines.map((line) => [line.check, line]));
  }

  /** What was refused of unknown origin began so much earlier. */
  async beganEarlier(seconds: number): Promise<void> {
    await this.report();
    await this.gateway.database.query("UPDATE callback_record SET refused_first = refused_first - $1 * interval '1 second'", [
      seconds,
    ]);
  }
}

describe('A refused push', () => {
  it('is counted with its reason, and nothing of it is kept', async () => {
    const house = await House.build({ mode: 'safe' });

    expect(await house.push({ token: 'Another', isSealed: true })).toBe(403);
    expect(await house.push({ isSealed: false })).toBe(403);
    expect(await house.push({ aesKey: 'A'.repeat(43), isSealed: true })).toBe(403);
    expect(await house.push({ isSealed: true, at: new Date(Date.now() - 3_600_000) })).toBe(403);
    expect(await house.push({ isSealed: true, body: '<xml><secret' })).toBe(400);
    expect(await house.push({ isSealed: true, body: '<xml><secret' })).toBe(400);

    expect(await house.refused()).toEqual([
      ['malformed', 2, 'app'],
      ['not_encrypted', 1, 'app'],
      ['out_of_window', 1, 'app'],
      ['wrong_key', 1, 'app'],
      ['wrong_signature', 1, 'app'],
    ]);
    expect((await house.report()).lastAcceptedAt).toBeNull();
    expect(await house.push({ isSealed: true })).toBe(200);
    const { lastAcceptedAt, refused } = await house.report();
    expect(Date.now() - new Date(String(lastAcceptedAt)).getTime()).toBeLessThan(60_000);
    expect(refused.every(({ first_at: first, last_at: last }) => first <= last)).toBe(true);
    expect(JSON.stringify(await house.gateway.database.query('SELECT * FROM refused_push'))).not.toContain('secret');
  });

  it('is nothing where there is no such app, and belongs to one that has no callback', async () => {
    const house = await House.build();
    await house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback: null } });

    await house.gateway.ask('/callbacks/wx00000000000000bb?signature=x', { method: 'POST', body: '<xml/>' });
    await house.push();

    expect(await house.refused()).toEqual([['callback_not_set', 1, 'app']]);
    expect(await house.checks()).toMatchObject({
      callback: { status: 'problem', hint: expect.stringContaining('callback.token') },
    });
  });

  it('counts against the app where it came from WeChat, and else as a stranger’s', async () => {
    const house = await House.build();

    await house.push({ token: 'Another' });
    for (const from of ['203.0.114.7', '2001:db8::1', 'nonsense']) await house.push({ token: 'Another', from });
    for (const from of ['10.0.0.7', '127.0.0.9']) await house.push({ token: 'Another', from });

    expect((await house.report()).knownAt).not.toBeNull();
    expect(await house.refused()).toEqual([
      ['wrong_signature', 1, 'app'],
      ['wrong_signature', 5, 'stranger'],
    ]);
    expect(await house.wechat.calls('/cgi-bin/getcallbackip')).toBe(1);
  });

  it('fetches no classic token, which would end the one that somebody else uses', async () => {
    const house = await House.build();
    await house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { token_mode: 'classic' } });

    await house.push({ token: 'Another' });

    expect(await house.refused()).toEqual([['wrong_signature', 1, 'stranger']]);
    expect(await house.wechat.calls('/cgi-bin/token')).toBe(0);
  });

  it.each([
    ['no list yet', { tellsAddresses: false }, '203.0.114.7'],
    ['a private address', {}, '10.0.0.7'],
  ])(
    'counts where that cannot be known (%s) when three were refused over two minutes and none was accepted',
    async (_, terms, from) => {
      const house = await House.build(terms);
      const refuse = () => house.push({ token: 'Another', from });
      const seen: [string, number, string][][] = [];
      const look = async (): Promise<void> => void seen.push(await house.refused());

      for (let turn = 0; turn < 3; turn++) await refuse();
      await look();
      await house.beganEarlier(121);
      await look();
      expect(await house.push({ from })).toBe(200);
      await look();
      await refuse();
      await refuse();
      await house.beganEarlier(121);
      await look();
      await refuse();
      await look();

      expect(seen.map(([one]) => one)).toEqual([
        ['wrong_signature', 3, 'stranger'],
        ['wrong_signature', 3, 'app'],
        ['wrong_signature', 3, 'stranger'],
        ['wrong_signature', 5, 'stranger'],
        ['wrong_signature', 6, 'app'],
      ]);
    },
  );

  it.each([
    ['the token differs', {}, { token: 'Another', isSealed: true }, 'callback', 'the token in WeChat'],
    ['the AES key differs', {}, { aesKey: 'A'.repeat(43), isSealed: true }, 'aes_key', 'EncodingAESKey'],
    ['plain ones arrive', {}, {}, 'callback', 'safe mode'],
    ['the clock is wrong', {}, { isSealed: true, at: new Date(Date.now() - 3_600_000) }, 'callback', 'clock'],
  ])('is told to the check with what to do, where %s, until one is accepted', async (_, terms, push, line, hint) => {
    const port = await freePort();
    const house = await House.build({ mode: 'safe', ...terms, env: { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` } });
    const other = line === 'callback' ? 'aes_key' : 'callback';

    await house.push({ ...push, from: '203.0.114.7' });
    const strangers = await house.checks();
    await house.push(push);
    const own = await house.checks();
    expect(await house.push({ isSealed: true })).toBe(200);
    const after = await house.checks();

    expect([strangers, after].flatMap((lines) => [lines.callback?.status, lines.aes_key?.status])).toEqual(Array(4).fill('ok'));
    expect(own[line]).toMatchObject({ status: 'problem', hint: expect.stringContaining(hint) });
    expect(own[line]?.detail).toMatch(/^1 push refused since \d{4}-/);
    expect(own[other]?.status).toBe('ok');
  });

  it('stands against the app no more when somebody has changed it', async () => {
    const port = await freePort();
    const house = await House.build({ env: { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` } });

    await house.push({ token: 'Another' });
    const before = await house.checks();
    await house.gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback: { token: 'Another' } } });

    expect([before.callback?.status, (await house.checks()).callback?.status]).toEqual(['problem', 'ok']);
    expect(await house.push({ token: 'Another' })).toBe(200);
  });

  it('costs one statement a second, however many come', async () => {
    const house = await House.build();
    const { database } = house.gateway;
    await house.push({ token: 'Another' });
    await house.report();
    await database.query('CREATE TABLE written (at timestamptz NOT NULL DEFAULT clock_timestamp())');
    await database.query(`
      CREATE FUNCTION note_writing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written DEFAULT VALUES; RETURN NULL; END $$`);
    await database.query(
      'CREATE TRIGGER written AFTER INSERT ON refused_push FOR EACH STATEMENT EXECUTE FUNCTION note_writing()',
    );

    const began = performance.now();
    for (let turn = 0; turn < 10; turn++) await Promise.all(Array.from({ length: 50 }, () => house.push({ token: 'Another' })));
    const seconds = (performance.now() - began) / 1_000;
    const [[, count] = ['', 0]] = await house.refused();
    const writes = await database.query('SELECT at FROM written');

    expect(count).toBe(501);
    expect(writes.length).toBeGreaterThanOrEqual(1);
    expect(writes.length).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
    expect((await house.report()).refused.length).toBeLessThanOrEqual(2);
  });

  it('is shown by every replica, and forgotten with its app', async () => {
    const house = await House.build();
    const twin = await house.gateway.twin();
    await house.push({ token: 'Another' });
    await house.report();

    expect((await house.report(twin)).refused).toMatchObject([{ reason: 'wrong_signature', count: 1, counts_as: 'app' }]);
    expect((await house.gateway.admin(`/apps/${appid}?confirm=${appid}`, { method: 'DELETE' })).status).toBe(204);
    expect((await house.gateway.admin(`/apps/${appid}/callback`)).status).toBe(404);
    expect(await house.gateway.database.query('SELECT 1 FROM refused_push')).toEqual([]);
  });
});
