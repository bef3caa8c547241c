import { describe, expect, it } from '@jest/globals';
import { RefreshTokens, Exchanges } from '#platform';
import { Credentials } from '#token';
import { TestGateway } from './support/gateway.js';
import { TestPlatform } from './support/platform.js';
import { SeverableProxy } from './support/severable-proxy.js';
import { until } from './support/until.js';
import { WechatFront } from './support/wechat-front.js';
import { TestWechat } from './support/wechat.js';

const queryAuth = '/cgi-bin/component/api_query_auth';
const refresh = '/cgi-bin/component/api_authorizer_token';

/** What would ask the database something of its own between two steps. */
const jobs = [
  'changes',
  'database-look',
  'metrics',
  'pulse',
  'event-tasks',
  'token-renewal',
  'platform-exchanges',
  'platform-tickets',
  'platform-comparisons',
];
const stepsMax = 40;

interface Scene {
  readonly wechat: TestWechat;
  readonly front: WechatFront;
  readonly platform: TestPlatform;
  readonly healthy: TestGateway;
  /** Refresh tokens that WeChat saw before they were kept. */
  readonly usedTooEarly: string[];
}

/** A gateway in good health, and a front to WeChat that looks whether what is used is kept by then. */
async function scene(): Promise<Scene> {
  const wechat = await TestWechat.start();
  const front = await WechatFront.to(wechat.url);
  const env = { ...wechat.env, WECHAT_API_URL: front.url };
  const healthy = await TestGateway.start({ env, withoutJobs: jobs.slice(4) });
  const platform = await TestPlatform.register(wechat, healthy);
  const usedTooEarly: string[] = [];
  front.onQuestion = async ({ path, body }) => {
    if (path !== refresh) return;
    const used = JSON.parse(body) as { authorizer_appid: string; authorizer_refresh_token: string };
    const held = await healthy.gateway.app.get(RefreshTokens).speaking(used.authorizer_appid);
    if (held.refreshToken !== used.authorizer_refresh_token) usedTooEarly.push(used.authorizer_appid);
  };
  return { wechat, front, platform, healthy, usedTooEarly };
}

/** A gateway whose database goes away for ever once it has asked that much after WeChat's answer: to everybody else, it died. */
async function doomed(
  { front, healthy }: Scene,
  path: string,
  step: number,
): Promise<{ gateway: TestGateway; proxy: SeverableProxy }> {
  const proxy = await SeverableProxy.to(healthy.database.url);
  const gateway = await healthy.twin({
    withoutJobs: jobs,
    env: { WECHAT_API_URL: front.url, DATABASE_URL: proxy.url, SHUTDOWN_SECONDS: '1', RENEWAL_LEASE_SECONDS: '10' },
  });
  let isArmed = true;
  front.onAnswer = (passing) => {
    if (isArmed && passing.path === path) proxy.cutAfter(step);
    if (passing.path === path) isArmed = false;
  };
  return { gateway, proxy };
}

const authorizer = (step: number): string => `wx00000000000002${step.toString(16).padStart(2, '0')}`;

async function isKept({ platform, healthy }: Scene, appid: string): Promise<boolean> {
  const standing = await platform.standing(appid);
  const held = await healthy.gateway.app
    .get(RefreshTokens)
    .speaking(appid)
    .catch(() => undefined);
  return held !== undefined && held.refreshToken === standing?.refresh_token;
}

describe('A gateway that dies between an answer of WeChat and its commit', () => {
  it('loses no refresh token that came for a code, at whichever step it dies', async () => {
    const set = await scene();
    const { wechat, platform, healthy } = set;
    const outcomes: string[] = [];

    for (let step = 0; step < stepsMax; step++) {
      const appid = authorizer(step);
      await wechat.control('POST', '/apps', { appid, kind: 'official_account' });
      const { body } = await platform.link({ biz_appid: appid });
      const agreed = await platform.agree(appid, String(body.mobile_url), { withhold: true });
      const { gateway, proxy } = await doomed(set, queryAuth, step);
      const landed = platform.comeBack(agreed.redirect_url, gateway).catch(() => undefined);
      await until(
        async () => proxy.isCut || (await isKept(set, appid)),
        (over) => over,
      );
      proxy.cut();
      await landed;
      const survived = await isKept(set, appid);
      outcomes.push(survived ? 'kept' : 'healed');

      await healthy.database.query('UPDATE platform_code SET leased_until = NULL, due_at = now()');
      healthy.gateway.app.get(Exchanges).run();
      await until(
        () => isKept(set, appid),
        (kept) => kept,
      );
      if (survived) break;
    }

    expect(outcomes.length).toBeGreaterThan(5);
    expect(outcomes.slice(0, -1)).toEqual(Array(outcomes.length - 1).fill('healed'));
    expect(outcomes.at(-1)).toBe('kept');
    expect(set.usedTooEarly).toEqual([]);
  }, 240_000);

  it('loses no refresh token that came with a refresh, and uses none before it is kept', async () => {
    const set = await scene();
    const { wechat, platform, healthy } = set;
    await wechat.control('PATCH', '/switches', { authorizer_refresh_rotates: true });
    const renew = async (gateway: TestGateway) => {
      await healthy.database.query(
        `UPDATE credential SET renew_at = now(), leased_until = NULL WHERE kind = 'authorizer_access_token' AND renew_at < now() + interval '1 year'`,
      );
      await gateway.gateway.app.get(Credentials).renewDue();
    };
    const outcomes: string[] = [];
    const dying: Promise<void>[] = [];

    for (let step = 0; step < stepsMax; step++) {
      const appid = authorizer(step);
      await wechat.control('POST', '/apps', { appid, kind: 'official_account' });
      await platform.authorize(appid);
      healthy.gateway.app.get(Exchanges).run();
      await until(
        () => isKept(set, appid),
        (kept) => kept,
      );
      const { gateway, proxy } = await doomed(set, refresh, step);
      const before = (await platform.standing(appid))?.refresh_token;
      dying.push(renew(gateway).catch(() => undefined));
      await until(
        async () => proxy.isCut || ((await isKept(set, appid)) && (await platform.standing(appid))?.refresh_token !== before),
        (over) => over,
      );
      proxy.cut();
      const survived = await isKept(set, appid);
      outcomes.push(survived ? 'kept' : 'healed');

      await renew(healthy);
      await until(
        () => isKept(set, appid),
        (kept) => kept,
      );
      await platform.revoke(appid, '?withhold=true');
      await healthy.database.query('DELETE FROM credential WHERE appid = $1', [appid]);
      if (survived) break;
    }

    // They hold on to what WeChat gave for a while, and write nothing any more.
    await Promise.all(dying);
    expect(outcomes.length).toBeGreaterThan(3);
    expect(outcomes.slice(0, -1)).toEqual(Array(outcomes.length - 1).fill('healed'));
    expect(outcomes.at(-1)).toBe('kept');
    expect(set.usedTooEarly).toEqual([]);
  }, 240_000);
});

describe('A gateway whose database is away for a moment just then', () => {
  it('keeps what came for a code, and need not ask WeChat again', async () => {
    const set = await scene();
    const { wechat, platform } = set;
    const appid = authorizer(0);
    await wechat.control('POST', '/apps', { appid, kind: 'official_account' });
    const { body } = await platform.link({ biz_appid: appid });
    const agreed = await platform.agree(appid, String(body.mobile_url), { withhold: true });
    const { gateway, proxy } = await doomed(set, queryAuth, 3);

    const landed = platform.comeBack(agreed.redirect_url, gateway).catch(() => undefined);
    await until(
      () => proxy.isCut,
      (isCut) => isCut,
    );
    proxy.mend();
    await until(
      () => isKept(set, appid),
      (kept) => kept,
    );
    await landed;

    expect(await wechat.calls(queryAuth)).toBe(1);
  });
});
