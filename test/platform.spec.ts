import { describe, expect, it } from '@jest/globals';
import { Credentials } from '#token';
import { type Answer, TestGateway, type TestGatewayOptions } from './support/gateway.js';
import { TestPlatform, demoPlatform } from './support/platform.js';
import { until } from './support/until.js';
import { TestWechat, demoAccount } from './support/wechat.js';

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
  it('is given its token with the ticket that WeChat sent, once for all who ask on any replica', async () => {
    const { wechat, gateway, read } = bound(await house());
    const twin = await gateway.twin();

    const answers = await Promise.all(Array.from({ length: 10 }, (_, turn) => read(demoPlatform, turn % 2 ? gateway : twin)));

    expect(new Set(answers.map(tokenOf)).size).toBe(1);
    expect(Number(answers[0]?.body.expires_in)).toBeGreaterThan(7_000);
    expect(await wechat.calls(componentToken)).toBe(1);
  });

  it('keeps its ticket sealed, and nowhere else', async () => {
    const { gateway } = bound(await house());

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

    const before = await platform.read(demoPlatform);
    await platform.change({ event_url: `${gateway.url}/callbacks/${demoPlatform}` });
    await platform.hasTicket();
    const after = await until(
      () => platform.read(demoPlatform),
      ({ status }) => status === 200,
    );

    expect([before.status, before.body.code]).toEqual([503, 'ticket_missing']);
    expect(tokenOf(after)).toBeTruthy();
    expect(await wechat.calls(componentToken)).toBe(1);
  });

  it('has a ticket of its own beside another platform', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const other = await TestPlatform.register(wechat, gateway, { appid: 'wxdec0de0000000005' });

    const [one, two] = [tokenOf(await platform.read(platform.appid)), tokenOf(await other.read(other.appid))];

    expect(one).not.toBe(two);
    const tickets = await gateway.database.query<{ sealed_ticket: string }>('SELECT sealed_ticket FROM platform');
    expect(new Set(tickets.map(({ sealed_ticket }) => sealed_ticket)).size).toBe(2);
  });

  it('does not ask with a ticket that WeChat refused, but with the next one', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    await wechat.fault({ path: componentToken, kind: 'errcode', errcode: 61006, count: 1 });

    const first = await platform.read(demoPlatform);
    await gateway.database.query("UPDATE credential SET renew_at = now() - interval '1 second'");
    const second = await platform.read(demoPlatform);
    const asked = await wechat.calls(componentToken);
    await wechat.control('POST', `/platforms/${demoPlatform}/push-ticket`);

    expect([first.status, second.status, second.body.code]).toEqual([503, 503, 'ticket_missing']);
    expect(asked).toBe(1);
    tokenOf(await platform.read(demoPlatform));
    expect(await wechat.calls(componentToken)).toBe(2);
  });
});

describe('An account', () => {
  it.each(['desktop', 'phone'])('authorises the platform by its %s link, and is an app from then on', async (which) => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const link = await platform.link({ auth_type: 'official_account' });
    const url = which === 'phone' ? String(link.body.mobile_url) : await desktopTarget(platform, String(link.body.pc_url));

    const agreed = await platform.agree(demoAccount, url, { referer: `${gateway.url}/`, withhold: true });
    const landed = await platform.comeBack(agreed.redirect_url);

    expect([link.status, link.body.expires_in]).toEqual([201, 600]);
    expect(landed.text).toContain('授权成功');
    expect(await platform.authorizer(demoAccount)).toMatchObject({ appid: demoAccount, status: 'authorized' });
    expect((await gateway.admin(`/apps/${demoAccount}`)).body).toMatchObject({ kind: 'authorizer', platform: demoPlatform });
    expect(await wechat.takes(tokenOf(await platform.read(demoAccount)))).toBe(true);
    expect(await wechat.calls(refresh)).toBe(0);
  });

  it('is kept once, though its code comes by event and by browser, on two replicas at once', async () => {
    const platform = await house();
    const twin = await platform.gateway.twin();
    const { body } = await platform.link();
    const agreed = await platform.agree(demoAccount, String(body.mobile_url));

    await Promise.all([platform.comeBack(agreed.redirect_url), platform.comeBack(agreed.redirect_url, twin)]);
    await platform.hasStatus(demoAccount, 'authorized');

    expect(await platform.wechat.calls(queryAuth)).toBe(1);
  });

  it('is refreshed through three lifetimes by two replicas, with one call each', async () => {
    const platform = await house();
    const { wechat, gateway } = platform;
    const twin = await gateway.twin();
    await platform.authorize(demoAccount);
    await platform.hasStatus(demoAccount, 'authorized');
    const tokens = [tokenOf(await platform.read(demoAccount))];

    for (let lifetime = 1; lifetime <= 3; lifetime++) {
      await wechat.passes(6_500);
      for (const one of [gateway, twin]) one.passes(6_500);
      await gateway.database.query('UPDATE credential SET renew_at = now()');
      await Promise.all([renewDue(gateway), renewDue(twin), renewDue(gateway), renewDue(twin)]);
      await Promise.all([gateway.hearChanges(), twin.hearChanges()]);
      tokens.push(tokenOf(await platform.read(demoAccount, lifetime % 2 ? twin : gateway)));
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

function bound(platform: TestPlatform) {
  return { wechat: platform.wechat, gateway: platform.gateway, read: platform.read.bind(platform) };
}
