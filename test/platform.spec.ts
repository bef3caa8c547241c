import { describe, expect, it } from '@jest/globals';
import { Credentials } from '#token';
import { RefreshTokens } from '#platform';
import { type Answer, TestGateway, type TestGatewayOptions } from './support/gateway.js';
import { TestPlatform, demoPlatform } from './support/platform.js';
import { pushXml, signedPush } from './support/pusher.js';
import { demoProgram } from './support/talking-house.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

const componentToken = '/cgi-bin/component/api_component_token';
const refresh = '/cgi-bin/component/api_authorizer_token';
const queryAuth = '/cgi-bin/component/api_query_auth';

async function house(options: TestGatewayOptions = {}): Promise<TestPlatform> {
  const wechat = await TestWechat.start();
  const gateway = await TestGateway.start({ withoutJobs: ['token-renewal'], ...options, env: { ...wechat.env, ...options.env } });
  return TestPlatform.register(wechat, gateway);
}

const tokenOf = (answer: Answer): string => {
  if (answer.status !== 200) throw new Error(answer.text);
  return String(answer.body.access_token);
};
const renewDue = (gateway: TestGateway): Promise<void> => gateway.gateway.app.get(Credentials).renewDue();

describe('A platform', () => {
  it('is given its token with the ticket that WeChat sent, once for all who need it on any replica', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const twin = await gateway.twin();

    const answers = await Promise.all(Array.from({ length: 10 }, (_, turn) => platform.link({}, turn % 2 ? gateway : twin)));

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(await wechat.calls(componentToken)).toBe(1);
  });

  it('hands its token out to nobody: whoever has it can read the refresh tokens of all authorizers', async () => {
    const platform = await house();
    await platform.link();

    const read = await platform.read(demoPlatform);
    const rejected = await platform.ask(`/v1/apps/${demoPlatform}/access-token/rejections`, {
      method: 'POST',
      body: { access_token: 'x' },
    });

    expect([read, rejected].map(({ status, body }) => [status, body.code])).toEqual(Array(2).fill([400, 'no_such_credential']));
  });

  it('keeps its ticket sealed, and nowhere else', async () => {
    const { gateway } = await house();

    const everything = JSON.stringify([
      await gateway.database.query('SELECT * FROM platform'),
      await gateway.database.query("SELECT *, encode(raw, 'escape') AS shown FROM event"),
      gateway.logged,
    ]);

    expect(everything).toContain('component_verify_ticket');
    expect(everything).not.toContain('ticket@@@');
  });

  it('says that it has no ticket, and goes on as soon as one comes', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ withoutJobs: ['token-renewal'], env: wechat.env });
    const platform = await TestPlatform.register(wechat, gateway, { pushes: false });

    const before = await platform.link();
    await platform.change({ event_url: `${gateway.url}/callbacks/${demoPlatform}` });
    await platform.hasTicket();
    const after = await until(
      () => platform.link(),
      ({ status }) => status === 201,
    );

    expect([before.status, before.body.code]).toEqual([503, 'ticket_missing']);
    expect(after.body.expires_in).toBe(600);
    expect(await wechat.calls(componentToken)).toBe(1);
  });

  it('has a ticket of its own beside another platform', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const other = await TestPlatform.register(wechat, gateway, { appid: 'wxdec0de0000000005' });

    const links = [await platform.link(), await other.link()];

    expect(links.map(({ status }) => status)).toEqual([201, 201]);
    expect([await wechat.calls(componentToken, platform.appid), await wechat.calls(componentToken, other.appid)]).toEqual([1, 1]);
    const tickets = await gateway.database.query<{ sealed_ticket: string }>('SELECT sealed_ticket FROM platform');
    expect(new Set(tickets.map(({ sealed_ticket }) => sealed_ticket)).size).toBe(2);
  });

  it('does not ask with a ticket that WeChat refused, but with the next one', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await wechat.fault({ path: componentToken, kind: 'errcode', errcode: 61006, count: 1 });

    const first = await platform.link();
    await gateway.database.query("UPDATE credential SET renew_at = now() - interval '1 second'");
    const second = await platform.link();
    const asked = await wechat.calls(componentToken);
    await wechat.control('POST', `/platforms/${demoPlatform}/push-ticket`);

    expect([first.status, second.status, second.body.code]).toEqual([503, 503, 'ticket_missing']);
    expect(asked).toBe(1);
    expect((await platform.link()).status).toBe(201);
    expect(await wechat.calls(componentToken)).toBe(2);
  });
});

describe('An authorizer', () => {
  it.each(['desktop', 'phone'])('authorises the platform by its %s link, and is an app from then on', async (which) => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const link = await platform.link({ auth_type: 'official_account' });
    const url = which === 'phone' ? String(link.body.mobile_url) : await desktopTarget(platform, String(link.body.pc_url));

    const agreed = await platform.agree(demoApp, url, { referer: `${gateway.url}/`, withhold: true });
    const landed = await platform.comeBack(agreed.redirect_url);

    expect([link.status, link.body.expires_in]).toEqual([201, 600]);
    expect(landed.text).toContain('授权成功');
    expect(await platform.authorizer(demoApp)).toMatchObject({ appid: demoApp, status: 'authorized' });
    expect((await gateway.admin(`/apps/${demoApp}`)).body).toMatchObject({ kind: 'authorizer', platform: demoPlatform });
    expect(await wechat.takes(tokenOf(await platform.read(demoApp)))).toBe(true);
    expect(await wechat.calls(refresh)).toBe(0);
  });

  it('is kept once, though its code comes by event and by browser, on two replicas at once', async () => {
    const platform = await house();
    const twin = await platform.gateway.twin();
    const { body } = await platform.link();
    const agreed = await platform.agree(demoApp, String(body.mobile_url));

    await Promise.all([platform.comeBack(agreed.redirect_url), platform.comeBack(agreed.redirect_url, twin)]);
    await platform.hasStatus(demoApp, 'authorized');

    expect(await platform.wechat.calls(queryAuth)).toBe(1);
  });

  it('is refreshed through three lifetimes by two replicas, with one call each', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const twin = await gateway.twin();
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');
    const tokens = [tokenOf(await platform.read(demoApp))];

    for (let lifetime = 1; lifetime <= 3; lifetime++) {
      await wechat.passes(6_500);
      for (const one of [gateway, twin]) one.passes(6_500);
      await gateway.database.query('UPDATE credential SET renew_at = now()');
      await Promise.all([renewDue(gateway), renewDue(twin), renewDue(gateway), renewDue(twin)]);
      await Promise.all([gateway.hearChanges(), twin.hearChanges()]);
      tokens.push(tokenOf(await platform.read(demoApp, lifetime % 2 ? twin : gateway)));
      expect(await wechat.calls(refresh)).toBe(lifetime);
    }

    expect(new Set(tokens).size).toBe(4);
    expect(await wechat.takes(tokens.at(-1) ?? '')).toBe(true);
  });
});

/** What a browser finds on the page of ours. */
async function desktopTarget(platform: TestPlatform, pcUrl: string): Promise<string> {
  const page = await platform.comeBack(pcUrl);
  expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'origin']);
  return /href="([^"]+componentloginpage[^"]+)"/.exec(page.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
}

describe('What an authorizer allowed', () => {
  it('is told by name, and followed when it changes', async () => {
    const platform = await house();
    await platform.authorize(demoApp, { permission_sets: [1, 2] });
    await platform.hasStatus(demoApp, 'authorized');

    await platform.wechat.passes(5);
    await platform.authorize(demoApp, { permission_sets: [1, 2, 3, 999] });
    const seen = await until(
      () => platform.authorizer(demoApp),
      ({ permissions }) => (permissions as object[]).length === 4,
    );

    expect(seen.permissions).toEqual([
      { id: 1, name: '消息管理 messages' },
      { id: 2, name: '用户管理 users' },
      { id: 3, name: '帐号服务 account services' },
      { id: 999, name: '999' },
    ]);
    await keeps(platform, demoApp);
  });

  it('is what it may be called for: a call that needs more is refused with the name of the permission', async () => {
    const platform = await house();
    const { gateway, key } = platform;
    await platform.authorize(demoApp, { permission_sets: [2] });
    await platform.hasStatus(demoApp, 'authorized');
    const redirect = encodeURIComponent('http://127.0.0.1/back');

    const code = await gateway.ask(`/v1/apps/${demoApp}/qr-codes`, { method: 'POST', key, body: { scene: 'x' } });
    const page = await gateway.ask(`/v1/apps/${demoApp}/oauth/authorize-url?redirect_uri=${redirect}&scope=snsapi_base`, {
      key,
    });
    const followers = await gateway.ask(`/v1/apps/${demoApp}/users`, { key });

    expect([code.status, code.body.code, code.body.permission]).toEqual([
      502,
      'permission_missing',
      { id: 3, name: '帐号服务 account services' },
    ]);
    expect([page.body.code, page.body.permission]).toEqual(['permission_missing', { id: 4, name: '网页服务 web services' }]);
    expect(followers.status).toBe(200);
  });

  it('ends when it is taken back, on every replica, and begins anew when it is given again', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const twin = await gateway.twin();
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');
    for (const one of [gateway, twin]) tokenOf(await platform.read(demoApp, one));

    await wechat.passes(5);
    await platform.revoke(demoApp);
    await platform.hasStatus(demoApp, 'revoked');
    await Promise.all([gateway.hearChanges(), twin.hearChanges()]);
    const over = await Promise.all([platform.read(demoApp), platform.read(demoApp, twin)]);
    const kept = await gateway.database.query('SELECT sealed_refresh_token FROM platform_authorization');
    await wechat.passes(5);
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');

    expect(over.map(({ status, body }) => [status, body.code])).toEqual(Array(2).fill([409, 'authorization_revoked']));
    expect(kept).toEqual([{ sealed_refresh_token: null }]);
    await keeps(platform, demoApp);
  });

  it('is the same in whatever order and however often it is told', async () => {
    const platform = await house();
    const { wechat } = platform;
    const pushes: string[] = [];
    const told = (push: { id: string } | null) => pushes.push(push?.id ?? '');
    told((await platform.authorize(demoApp, { permission_sets: [1], withhold: true })).push);
    await wechat.passes(5);
    told((await platform.authorize(demoApp, { permission_sets: [1, 2], withhold: true })).push);
    await wechat.passes(5);
    told(await platform.revoke(demoApp, '?withhold=true'));
    await wechat.passes(5);
    told((await platform.authorize(demoApp, { permission_sets: [1, 2, 3], withhold: true })).push);

    for (const at of [3, 2, 0, 1, 2, 0, 3, 1]) await wechat.control('POST', `/pushes/${pushes[at]}/repeat`);
    await idle(platform);

    expect(await platform.authorizer(demoApp)).toMatchObject({ status: 'authorized' });
    await keeps(platform, demoApp);
  });

  it('that was taken back stays so, though it is told before what it ends', async () => {
    const platform = await house();
    const { wechat } = platform;
    const first = await platform.authorize(demoApp, { withhold: true });
    await wechat.passes(5);
    const last = await platform.revoke(demoApp, '?withhold=true');

    for (const id of [last.id, first.push?.id, last.id, first.push?.id])
      await wechat.control('POST', `/pushes/${id ?? ''}/repeat`);
    await idle(platform);

    expect((await platform.authorizer(demoApp)).status ?? 'unknown').not.toBe('authorized');
    expect((await platform.read(demoApp)).status).toBeGreaterThanOrEqual(400);
  });

  it('is not changed by an event that is forged, of another platform, or sent to an app that is none', async () => {
    const platform = await house();
    const { gateway, wechat } = platform;
    const other = await TestPlatform.register(wechat, gateway, { appid: 'wxdec0de0000000005' });
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');
    const authorizer = await gateway.admin('/apps', {
      method: 'POST',
      body: {
        appid: 'wx00000000000000aa',
        kind: 'official_account',
        name: 'A',
        secret: '0'.repeat(32),
        callback: { token: platform.callback.token, encoding_aes_key: platform.callback.aesKey },
      },
    });
    const later = Math.floor(Date.now() / 1_000) + 60;
    const end = (of: string) => pushXml({ AppId: of, CreateTime: later, InfoType: 'unauthorized', AuthorizerAppid: demoApp });
    const send = async (to: string, body: string, options: object) => {
      const push = signedPush(body, {
        appid: to,
        isSealed: true,
        token: platform.callback.token,
        aesKey: platform.callback.aesKey,
        ...options,
      });
      const headers = { 'content-type': 'text/xml' };
      return (await gateway.ask(`/callbacks/${to}?${push.query}`, { method: 'POST', body: push.body, headers })).status;
    };

    const statuses = [
      await send(demoPlatform, end(demoPlatform), { token: 'SomebodyElse' }),
      await send(demoPlatform, end(demoPlatform), { aesKey: 'x'.repeat(43) }),
      await send(demoPlatform, end(demoPlatform), { appid: other.appid }),
      await send(demoPlatform, end(other.appid), {}),
      await send('wx00000000000000aa', end('wx00000000000000aa'), {}),
      await send(other.appid, end(demoPlatform), { token: other.callback.token, aesKey: other.callback.aesKey }),
    ];
    await idle(platform);

    expect(authorizer.status).toBe(201);
    expect(statuses).toEqual([403, 403, 403, 200, 200, 200]);
    expect(await platform.authorizer(demoApp)).toMatchObject({ status: 'authorized' });
    await keeps(platform, demoApp);
  });

  it('is not lost where the answers of WeChat are, and is told by its list where nobody told', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await wechat.fault({ path: queryAuth, kind: 'reset_after', count: 1 });
    await platform.authorize(demoApp, { permission_sets: [1, 2] });
    await platform.hasStatus(demoApp, 'authorized');
    await keeps(platform, demoApp);

    await wechat.passes(5);
    await platform.authorize(demoProgram, { withhold: true });
    const shown = await gateway.admin(`/platforms/${demoPlatform}/comparison`, { method: 'POST', body: {} });
    const adopted = await gateway.admin(`/platforms/${demoPlatform}/comparison`, { method: 'POST', body: { adopt: true } });

    expect(shown.body).toMatchObject({
      listed: 2,
      differences: [{ appid: demoProgram, difference: 'unknown_here', healed: false }],
    });
    expect(adopted.body).toMatchObject({ differences: [{ appid: demoProgram, difference: 'unknown_here', healed: true }] });
    await keeps(platform, demoProgram);
  });

  it('is found again in the list where only the browser brought the code, and the answer to it was lost', async () => {
    const platform = await house();
    const { wechat } = platform;
    const { body } = await platform.link();
    const agreed = await platform.agree(demoApp, String(body.mobile_url), { withhold: true });
    await wechat.fault({ path: queryAuth, kind: 'reset_after', count: 1 });

    await platform.comeBack(agreed.redirect_url);
    await platform.hasStatus(demoApp, 'authorized');

    await keeps(platform, demoApp);
  });

  it('survives that WeChat changes the refresh token and its answer is lost', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');
    await wechat.control('PATCH', '/switches', { authorizer_refresh_rotates: true });
    await wechat.fault({ path: refresh, kind: 'reset_after', count: 1 });

    await gateway.database.query("UPDATE credential SET renew_at = now() WHERE kind = 'authorizer_access_token'");
    await renewDue(gateway);
    await gateway.database.query("UPDATE credential SET renew_at = now() WHERE kind = 'authorizer_access_token'");
    await renewDue(gateway);

    await keeps(platform, demoApp);
    expect(gateway.logged.join('')).toContain('the one that WeChat names now is used instead');
  });

  it('that WeChat no longer knows is reported, and not asked for by every caller', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await platform.authorize(demoApp);
    await platform.hasStatus(demoApp, 'authorized');
    await platform.revoke(demoApp, '?withhold=true');
    await gateway.database.query(
      "UPDATE credential SET renew_at = now(), expires_at = now() WHERE kind = 'authorizer_access_token'",
    );

    await renewDue(gateway);
    await gateway.hearChanges();
    const asked = await wechat.calls(refresh);
    const answers = [await platform.read(demoApp), await platform.read(demoApp)];
    const check = await gateway.admin(`/apps/${demoApp}/check`, { method: 'POST' });
    const metrics = (await gateway.seenMetrics()).text.split('\n').filter((line) => line.startsWith('wx_platform'));

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(2).fill([409, 'authorization_lost']));
    expect(await wechat.calls(refresh)).toBe(asked);
    expect(await platform.authorizer(demoApp)).toMatchObject({ status: 'lost' });
    expect(check.body.checks).toContainEqual(expect.objectContaining({ check: 'authorization', status: 'problem' }));
    expect(metrics).toContain(`wx_platform_authorizations{platform="${demoPlatform}",status="lost"} 1`);
    expect(gateway.logged.join('')).toContain(`the authorizer must authorise ${demoPlatform} again`);
  });
});

/** What is held is what WeChat takes: the refresh token in force, and a token that a call can be made with. */
async function keeps(platform: TestPlatform, authorizer: string): Promise<void> {
  const standing = await platform.standing(authorizer);
  const held = await platform.gateway.gateway.app.get(RefreshTokens, { strict: false }).speaking(authorizer);
  expect(held.refreshToken).toBe(standing?.refresh_token);
  await platform.gateway.hearChanges();
  const token = tokenOf(await platform.read(authorizer));
  expect(await platform.wechat.takes(token)).toBe(true);
}

/** Nothing is left to do about events and codes. */
async function idle(platform: TestPlatform): Promise<void> {
  await until(
    () =>
      platform.gateway.database.query<{ open: number }>(
        `SELECT ((SELECT count(*) FROM event_task WHERE NOT given_up) +
                 (SELECT count(*) FROM platform_code WHERE state IN ('waiting', 'kept')))::int AS open`,
      ),
    (seen) => seen[0]?.open === 0,
    20_000,
  );
}
