import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { readFileSync } from 'node:fs';
import { type Body, Driver, officialAccount } from '../test/driver.js';
import { startSimulator } from './simulator.js';
import { switchList } from './switches.js';

let wechat: Driver;

beforeAll(async () => {
  wechat = await Driver.start();
});
beforeEach(async () => {
  await wechat.reset();
});
afterAll(() => wechat.close());

const { appid } = officialAccount;

describe('the control API', () => {
  it('is described in an OpenAPI document that is valid', async () => {
    const document = await wechat.control('GET', '/_sim/openapi.json');
    const { valid, errors } = await new Validator().validate({ ...document });

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    // What public linters ask for besides.
    expect(document).toMatchObject({ security: [], servers: [{ url: '/' }] });
    expect((document['tags'] as Body[]).filter(({ description }) => !description)).toEqual([]);
    expect(Object.keys(document['paths'] as object)).toEqual(
      expect.arrayContaining(['/_sim/reset', '/_sim/people/{person}/authorize', '/_sim/openapi.json']),
    );
  });

  it('gives no two apps or platforms the same key', async () => {
    const made = [
      await wechat.control('POST', '/_sim/apps', { appid: 'wx00000000000000a1', kind: 'official_account' }),
      await wechat.control('POST', '/_sim/platforms', { appid: 'wx00000000000000a2' }),
      await wechat.control('POST', '/_sim/apps', { appid: 'wx00000000000000a3', kind: 'mini_program' }),
    ] as Body[];
    const apps = (await wechat.control('GET', '/_sim/apps')) as unknown as Body[];
    const platforms = (await wechat.control('GET', '/_sim/platforms')) as unknown as Body[];

    const holders = [...apps, ...platforms].map((one) => (one['callback'] ?? one) as Body);
    // As WeChat reads it: 43 characters are 258 bits, and a key has 256.
    const keys = holders.map((one) => Buffer.from(`${String(one['encoding_aes_key'])}=`, 'base64').toString('hex'));

    expect(made.every((one) => apps.concat(platforms).some(({ appid: known }) => known === one['appid']))).toBe(true);
    expect(keys.every((key) => key.length === 64)).toBe(true);
    expect(new Set(keys).size).toBe(7);
  });

  it('shows the demo apps with all that is needed to register them', async () => {
    const apps = (await wechat.control('GET', '/_sim/apps')) as unknown as Body[];

    expect(apps.map(({ kind }) => kind)).toEqual(['official_account', 'mini_program', 'website']);
    for (const app of apps) {
      expect(app).toMatchObject({
        appid: expect.stringMatching(/^wx[0-9a-f]{16}$/),
        secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(app['callback']).toMatchObject({ encoding_aes_key: expect.stringMatching(/^[A-Za-z0-9]{43}$/) });
    }
  });

  it('makes apps and people', async () => {
    const made = await wechat.control('POST', '/_sim/apps', {
      appid: 'wx00000000000000aa',
      kind: 'official_account',
      name: '新号',
    });
    expect(made).toMatchObject({ original_id: 'gh_decade000005', name: '新号' });
    expect(await wechat.control('POST', '/_sim/apps', { appid: 'wx00000000000000aa', kind: 'website' })).toMatchObject({
      error: { code: 'app_exists' },
    });
    await wechat.control('POST', '/_sim/people', { id: 'lina', name: '李娜', follows: ['wx00000000000000aa'] });
    expect(await wechat.control('POST', '/_sim/people', { id: 'lina', name: '李娜' })).toMatchObject({
      error: { code: 'person_exists' },
    });

    const renamed = await wechat.control('PATCH', '/_sim/people/lina', { name: '娜娜', is_snapshot_user: true });

    expect(renamed).toMatchObject({ name: '娜娜', is_snapshot_user: true });
    expect(renamed['accounts']).toContainEqual(expect.objectContaining({ appid: 'wx00000000000000aa', follows: true }));
  });

  it('refuses what it does not know, and says why', async () => {
    expect(await wechat.control('POST', '/_sim/clock', { advance: 1 })).toHaveProperty('error');
    expect(await wechat.control('GET', '/_sim/apps/wx0')).toMatchObject({ error: { code: 'no_such_app' } });
    expect(await wechat.control('POST', '/_sim/people/nobody/follow', { appid })).toMatchObject({
      error: { code: 'no_such_person' },
    });
    expect(await wechat.control('GET', '/_sim/pushes/none')).toMatchObject({ error: { code: 'no_such_push' } });
    expect(await wechat.control('PATCH', '/_sim/switches', { denial: 'perhaps' })).toHaveProperty('error');
    expect(await wechat.control('POST', '/_sim/people/lilei/authorize', { url: 'x' })).toMatchObject({
      error: { code: 'not_an_authorize_url' },
    });
  });

  it('counts calls by app and path, and keeps them', async () => {
    await wechat.stableToken();
    await wechat.verdict('x');

    expect(await wechat.control('GET', '/_sim/counters')).toEqual([
      { appid, path: '/cgi-bin/stable_token', calls: 1, failures: 0 },
      { appid: null, path: '/cgi-bin/getcallbackip', calls: 1, failures: 1 },
    ]);
    const journal = (await wechat.control('GET', '/_sim/journal')) as unknown as Body[];
    expect(journal.map(({ path, errcode }) => [path, errcode])).toEqual([
      ['/cgi-bin/stable_token', 0],
      ['/cgi-bin/getcallbackip', 40014],
    ]);
    expect(await wechat.control('GET', `/_sim/journal?after=${String(journal[0]?.['seq'])}`)).toHaveLength(1);
  });

  it('tells the journal as it happens', async () => {
    const leaving = new AbortController();
    const live = await fetch(`${wechat.url}/_sim/journal/live`, { signal: leaving.signal });
    const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
    await reader?.read();
    await wechat.verdict('x');

    expect((await reader?.read())?.value).toMatch(/^data: \{.*"path":"\/cgi-bin\/getcallbackip"/);
    leaving.abort();
  });

  it('resets to the demo world, and can keep where pushes go', async () => {
    const { access_token } = await wechat.stableToken();
    await wechat.control('PUT', `/_sim/apps/${appid}/callback`, { url: 'http://127.0.0.1:9/', verify: false });
    await wechat.control('POST', '/_sim/reset', { keep_callbacks: true });
    expect(await wechat.control('GET', `/_sim/apps/${appid}`)).toMatchObject({
      tokens: [],
      callback: { url: 'http://127.0.0.1:9/' },
    });
    expect(await wechat.verdict(access_token)).toBe(40014);

    await wechat.control('POST', '/_sim/reset');

    expect(await wechat.control('GET', `/_sim/apps/${appid}`)).toMatchObject({ callback: { url: null } });
  });

  it('gives the same tokens for the same seed, and other ones for another', async () => {
    const withSeed = async (seed: string) => {
      await wechat.control('POST', '/_sim/reset', { seed });
      return (await wechat.stableToken())['access_token'];
    };

    expect(await withSeed('one')).toBe(await withSeed('one'));
    expect(await withSeed('one')).not.toBe(await withSeed('two'));
  });

  it('moves, sets, stops and starts the clock', async () => {
    await wechat.control('POST', '/_sim/clock', { set_to: '2030-01-01T00:00:00Z' });
    expect(await wechat.advance(90)).toEqual({ now: '2030-01-01T00:01:30.000Z', unix_seconds: 1_893_456_090, stopped: true });

    const running = await wechat.control('POST', '/_sim/clock', { stopped: false });

    expect(running['stopped']).toBe(false);
    expect(String(running['now'])).toMatch(/^2030-01-01T00:01:3/);
  });

  it('has every switch in its handbook, with its default and its meaning', () => {
    const handbook = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');

    for (const [name, { default: value, meaning }] of Object.entries(switchList)) {
      const line = handbook.split('\n').find((text) => text.startsWith(`| \`${name}\` | \`${String(value)}\` |`));
      expect(line?.endsWith(`| ${meaning} |`)).toBe(true);
    }
  });

  it('lists every switch with its meaning', async () => {
    await wechat.control('PATCH', '/_sim/switches', { push_attempts: 4 });
    const switches = (await wechat.control('GET', '/_sim/switches')) as unknown as Body[];

    expect(switches).toContainEqual(expect.objectContaining({ name: 'push_attempts', value: 4, default: 3 }));
    expect(switches.every(({ meaning }) => String(meaning).length > 10)).toBe(true);
  });
});

describe('two simulators in one process', () => {
  it('know nothing of each other', async () => {
    const other = await startSimulator();
    const { access_token } = await wechat.stableToken();

    const answer = await (await fetch(`${other.url}/cgi-bin/getcallbackip?access_token=${String(access_token)}`)).json();
    await other.close();

    expect(answer).toMatchObject({ errcode: 40014 });
  });
});
