import { expect } from '@jest/globals';
import { type Answer, type Question, adminToken, askAt, productionEnv } from './gateway.js';
import { LoginHouse } from './login-house.js';
import { TestProcess } from './process.js';
import { signedPush, textPush } from './pusher.js';
import { Receiver, verified } from './receiver.js';
import { until } from './until.js';
import { demoApp } from './wechat.js';

type Ask = (path: string, question?: Question) => Promise<Answer>;

const year = 365 * 86_400;
const scopes = ['token:read', 'login', 'qr', 'users:read', 'webhooks', 'events:read'];

/** Three replicas; the clock of the third is set to another time whenever the test says so. */
async function fleetWith(steps: readonly number[]) {
  const house = await LoginHouse.build({ env: { WEBHOOK_ALLOW: '127.0.0.0/8' } });
  const env = { ...house.wechat.env, PUBLIC_URL: house.gateway.url, WEBHOOK_ALLOW: '127.0.0.0/8' };
  const twin = await house.gateway.twin({ env });
  const process_ = TestProcess.start('dist/apps/gateway/src/main.js', {
    env: {
      ...productionEnv(house.gateway.database.url),
      ...env,
      NODE_OPTIONS: `--import=${new URL('./skewed-clock.mjs', import.meta.url).href}`,
      CLOCK_STEPS_SECONDS: steps.join(','),
    },
  });
  const url = await process_.says(/"url":"([^"]+)"/);
  const third: Ask = (path, question) => askAt(url + path, question);
  const good: Ask = (path, question) => house.gateway.ask(path, question);
  const { key } = await house.gateway.makeKey({ scopes });
  const step = async (seconds: number): Promise<void> => {
    const before = process_.output.split('clock stepped').length;
    process.kill(process_.pid, 'SIGUSR2');
    await until(
      () => process_.output.split('clock stepped').length,
      (seen) => seen > before,
    );
    expect(process_.output).toContain(`clock stepped to ${seconds}`);
  };
  return { house, key, good, third, step, all: [good, third, ((path, question) => twin.ask(path, question)) as Ask], process_ };
}
type Fleet = Awaited<ReturnType<typeof fleetWith>>;

async function asked(ask: Ask, path: string, question: Question = {}, status = 200): Promise<Record<string, unknown>> {
  const answer = await ask(path, question);
  if (answer.status !== status) throw new Error(`${question.method ?? 'GET'} ${path}: ${answer.status} ${answer.text}`);
  return answer.text === '' ? {} : answer.body;
}

const post = (key: string, body: unknown, headers: Record<string, string> = {}): Question => ({
  method: 'POST',
  key,
  body,
  headers,
});

async function tokens({ all, key }: Fleet): Promise<void> {
  const read = await Promise.all(all.map((ask) => asked(ask, `/v1/apps/${demoApp}/access-token`, { key })));
  expect(new Set(read.map(({ access_token }) => access_token)).size).toBe(1);
  for (const { expires_in, expires_at } of read) {
    expect(Number(expires_in)).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(String(expires_at)) - Date.now() - Number(expires_in) * 1_000)).toBeLessThan(60_000);
  }
}

/** Made by one replica to end in an hour, good on all, and revoked by another. */
async function keys({ all, good, third }: Fleet): Promise<void> {
  for (const [maker, ender] of [[good, third] as const, [third, good] as const]) {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const terms = { name: 'an hour', appids: '*', scopes: ['qr'], expires_at };
    const { key, id } = (await asked(maker, '/admin/v1/api-keys', post(adminToken, terms), 201)) as { key: string; id: string };
    for (const ask of all) await asked(ask, '/v1/key', { key });
    await asked(ender, `/admin/v1/api-keys/${id}`, { method: 'DELETE', key: adminToken }, 204);
    for (const ask of all)
      await until(
        () => ask('/v1/key', { key }),
        ({ status }) => status === 401,
      );
  }
}

async function qrLogins({ house, key, good, third }: Fleet): Promise<void> {
  for (const [beginner, ender] of [[good, third] as const, [third, good] as const]) {
    const begun = await asked(beginner, `/v1/apps/${demoApp}/qr-logins`, post(key, { binding: 'b', confirm: 'none' }), 201);
    const poll = (ask: Ask): Promise<Record<string, unknown>> =>
      asked(ask, `/v1/qr-logins/${String(begun.id)}`, { key: String(begun.poll_token) });
    for (const ask of [beginner, ender]) expect((await poll(ask)).status).toBe('pending');
    await house.scan('lilei', { qr_content: String(begun.qr_content) });
    for (const ask of [beginner, ender])
      await until(
        () => poll(ask),
        ({ status }) => status === 'confirmed',
      );
    const { login_code } = await poll(ender);
    const { openid } = await asked(ender, '/v1/qr-logins/redeem', post(key, { login_code, binding: 'b' }));
    expect(openid).toBe(await house.openid('lilei'));
    for (const ask of [beginner, ender]) expect((await poll(ask)).status).toBe('redeemed');
  }
}

/** What one replica did is not done again by the other, and what one made the other has. */
async function repeats({ key, good, third }: Fleet, name: string): Promise<void> {
  for (const [first, second] of [[good, third] as const, [third, good] as const]) {
    const order = post(key, { scene: 'shop', expire_seconds: 600 }, { 'idempotency-key': `${name}-${String(first === good)}` });
    const made = await asked(first, `/v1/apps/${demoApp}/qr-codes`, order, 201);
    expect(await asked(second, `/v1/apps/${demoApp}/qr-codes`, order, 201)).toEqual(made);
    const drawn = await second(`/v1/apps/${demoApp}/qr-codes/image?ticket=${encodeURIComponent(String(made.ticket))}`, {
      key,
    });
    expect(drawn.status).toBe(200);
  }
}

const push = (ask: Ask, { callback }: LoginHouse, content: string): Promise<Answer> => {
  const { token, encoding_aes_key: aesKey } = callback;
  const { query, body } = signedPush(textPush(content), { appid: demoApp, token, aesKey, isSealed: true });
  return ask(`/callbacks/${demoApp}?${query}`, { method: 'POST', body, headers: { 'content-type': 'text/xml' } });
};

/** To each receiver once, signed at the right time, whoever sends. */
async function deliveries({ house, key, good, third }: Fleet): Promise<void> {
  const receiver = await Receiver.start();
  const hook = { url: `${receiver.url}/hook`, appids: [demoApp], types: ['message.text'] };
  const { id, secret } = await asked(third, '/v1/webhooks', post(key, hook), 201);
  expect(await asked(third, `/v1/webhooks/${String(id)}/test`, post(key, undefined))).toMatchObject({ delivered: true });
  const contents = Array.from({ length: 10 }, (_, number) => `delivery ${number}`);
  for (const content of contents) expect((await push(good, house, content)).status).toBe(200);
  await receiver.gets(1 + contents.length);

  const events = receiver.received.map((one) => verified(one, String(secret)));
  expect(
    events
      .slice(1)
      .map(({ data }) => (data as { Content: string }).Content)
      .sort(),
  ).toEqual(contents);
  await asked(third, `/v1/webhooks/${String(id)}`, { method: 'DELETE', key }, 204);
}

async function callbacks({ house, good, third, process_ }: Fleet, isWrong: boolean): Promise<void> {
  const logged = process_.output.length;
  expect((await push(good, house, 'good')).status).toBe(200);
  const { status, text } = await push(third, house, 'third');
  expect([status, text.includes('push_stale')]).toEqual(isWrong ? [403, true] : [200, false]);
  if (isWrong)
    await until(
      () => process_.output.slice(logged),
      (said) => /"level":"error"[^\n]*with a wrong clock every event is lost/.test(said),
    );
}

/** Tokens, keys, logins, repeats and deliveries, each time after the clock of one replica was set forward, beyond back, and right again. */
export async function journeysOverSteps(rounds: number): Promise<void> {
  const steps = Array.from({ length: rounds }, () => [year, -year, 0]).flat();
  const fleet = await fleetWith(steps);
  const { good, third, step } = fleet;
  const limited = { name: 'limited', appids: '*', scopes: ['qr'], rate_limit: 1 };
  const { key } = (await asked(good, '/admin/v1/api-keys', post(adminToken, limited), 201)) as { key: string };
  await tokens(fleet);
  const spentAt = performance.now();
  await asked(third, '/v1/key', { key });

  for (const [turn, seconds] of steps.entries()) {
    await step(seconds);
    await tokens(fleet);
    await keys(fleet);
    await qrLogins(fleet);
    await repeats(fleet, `step-${turn}`);
    await deliveries(fleet);
    await callbacks(fleet, seconds !== 0);
    expect(await asked(third, '/health/ready')).toMatchObject({ status: 'ok' });
    const { status, headers } = await third('/v1/key', { key });
    // The minute of a rate is a minute, whatever the clock says.
    if (performance.now() - spentAt < 50_000) expect(status).toBe(429);
    if (status === 429) expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
}
