import { describe, expect, it } from '@jest/globals';
import { LoginWatch } from '../libs/qr-login/src/login-watch.js';
import { FetchBrowser, LoginHouse } from './support/login-house.js';
import { TestGateway } from './support/gateway.js';
import { until } from './support/until.js';
import { TestWechat, demoApp } from './support/wechat.js';

/** Polls and streams that wait for a login to get on. */
function waitersOf({ gateway }: TestGateway): number {
  const { waiting } = gateway.app.get<unknown>(LoginWatch) as { waiting: Map<string, Set<unknown>> };
  return [...waiting.values()].reduce((sum, some) => sum + some.size, 0);
}

describe('A HEAD of a stream', () => {
  it('is answered and ends', async () => {
    const house = await LoginHouse.build();
    const { key } = await house.gateway.makeKey({ scopes: ['events:read'] });
    const login = await house.begin();

    const answers = await Promise.all([
      house.gateway.ask(`/v1/apps/${demoApp}/events/stream`, { method: 'HEAD', key }),
      house.gateway.ask(`/v1/qr-logins/${login.id}/stream`, { method: 'HEAD', key: login.poll_token }),
    ]);
    await house.gateway.stop();

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual(Array(2).fill('text/event-stream; charset=utf-8'));
  });
});

describe('A stop', () => {
  it('answers everybody who waits for news at once, instead of waiting for their time to be over', async () => {
    const house = await LoginHouse.build({ origins: ['https://shop.example.com'] });
    const { key } = await house.gateway.makeKey({ scopes: ['events:read'] });
    const login = await house.begin();
    const browser = new FetchBrowser();
    const page = await house.page();
    await browser.open(page);
    const open = (path: string, token: string) =>
      fetch(house.gateway.url + path, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.text());

    const waiting = [
      open(`/v1/apps/${demoApp}/events/stream`, key),
      open(`/v1/qr-logins/${login.id}/stream`, login.poll_token),
      open(`/v1/qr-logins/${login.id}?wait=25`, login.poll_token),
      browser.open(`${page}/state?known=pending`).then(({ text }) => text),
    ];
    await until(
      async () => [(await house.gateway.ask('/metrics')).text, waitersOf(house.gateway)] as const,
      ([text, waiters]) => /wx_event_streams 1/.test(text) && waiters === 3,
    );
    const begun = performance.now();
    await house.gateway.stop();
    const seconds = (performance.now() - begun) / 1_000;

    const [events, told, polled, shown] = await Promise.all(waiting);
    expect(events).toContain(': open');
    for (const text of [told, polled, shown]) expect(text).toContain('"status":"pending"');
    expect(seconds).toBeLessThan(4);
    expect(house.gateway.logged.filter((line) => line.includes('cut off'))).toEqual([]);
  });

  it('lets nobody wait long who comes while it drains', async () => {
    const house = await LoginHouse.build({ env: { DRAIN_SECONDS: '3' } });
    const { key } = await house.gateway.makeKey({ scopes: ['events:read'] });
    const login = await house.begin();

    const stopped = house.gateway.stop();
    const [polled, stream] = await Promise.all([
      house.poll(login, { wait: 25 }),
      house.gateway.ask(`/v1/apps/${demoApp}/events/stream`, { key }),
    ]);

    expect([polled.status, polled.body.status]).toEqual([200, 'pending']);
    expect([stream.status, stream.text]).toEqual([200, ': open\n\n']);
    expect((await house.gateway.ask('/health/ready')).body.status).toBe('draining');
    await stopped;
  });

  it('answers those who wait for a token that WeChat does not give', async () => {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ env: { ...wechat.env, DRAIN_SECONDS: '2' } });
    await wechat.registerIn(gateway);
    const { key } = await gateway.makeKey({ scopes: ['token:read'] });
    await wechat.fault({ path: '/cgi-bin/stable_token', kind: 'slow', delay_ms: 6_000, count: 1 });

    const waiting = gateway.ask(`/v1/apps/${demoApp}/access-token`, { key });
    await until(
      async () => (await gateway.ask('/metrics')).text,
      (text) => /wx_token_waiters 1/.test(text),
    );
    const stopped = gateway.stop();
    const answer = await waiting;

    // Before it stops to listen, and long before WeChat answers.
    expect((await gateway.ask('/health/ready')).body.status).toBe('draining');
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'token_pending', '1']);
    await stopped;
  }, 30_000);
});
