import { describe, expect, it } from '@jest/globals';
import { migrations } from '#migrations';
import { DataSource } from 'typeorm';
import { AttemptHistory } from '../libs/webhook/src/attempt-history.js';
import { WebhookOwners } from '../libs/webhook/src/webhook-owners.js';
import type { Answer } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { type MadeWebhook, WebhookHouse, appid, otherAppid } from './support/webhook-house.js';

const scopes = ['webhooks', 'events:read', 'messages:send'];

interface Owned extends MadeWebhook {
  readonly key: string;
  readonly keyId: string;
}

/** A webhook and the key that made it. */
async function owned(house: WebhookHouse, terms: object = {}, key: object = {}): Promise<Owned> {
  const { key: text, id: keyId } = await house.gateway.makeKey({ scopes, ...key });
  return { ...(await house.webhook({ ...terms }, undefined, text)), key: text, keyId };
}

const revoke = (house: WebhookHouse, id: string): Promise<Answer> => house.gateway.admin(`/api-keys/${id}`, { method: 'DELETE' });
const patchKey = (house: WebhookHouse, id: string, body: object): Promise<Answer> =>
  house.gateway.admin(`/api-keys/${id}`, { method: 'PATCH', body });
const adopt = (house: WebhookHouse, id: string, keyId: string): Promise<Answer> =>
  house.gateway.admin(`/webhooks/${id}/adopt`, { method: 'POST', body: { key_id: keyId } });
const listed = async (house: WebhookHouse, query = ''): Promise<Record<string, unknown>[]> =>
  (await house.gateway.admin(`/webhooks${query}`)).body.items as Record<string, unknown>[];

const shownAsEnded = async (house: WebhookHouse, id: string): Promise<Record<string, unknown>> => {
  const [shown] = await until(
    async () => (await listed(house, '?state=key_ended')).filter((one) => one.id === id),
    (found) => found.length === 1,
    5_000,
  );
  return shown ?? {};
};

const waiting = (house: WebhookHouse, webhook: MadeWebhook): Promise<unknown[]> =>
  house.gateway.database.query("SELECT 1 FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting'", [webhook.id]);
const contentsOf = ({ receiver }: MadeWebhook): unknown[] =>
  receiver.received.map(({ text }) => (JSON.parse(text) as { data: { Content: string } }).data.Content).sort();

describe('A webhook whose key is revoked', () => {
  it('gets nothing more, and its adopter all that was held, under the ids that it had', async () => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const [ended, other] = [await owned(house), await house.webhook()];
    ended.receiver.answers(503);
    await house.push(textPush('tried before'));
    await ended.receiver.gets(1);

    await revoke(house, ended.keyId);
    ended.receiver.answers(204);
    await house.push(textPush('at once'), { to: twin });
    const shown = await shownAsEnded(house, ended.id);
    await house.push(textPush('later'), { to: twin });
    await house.passes(60);
    await other.receiver.gets(3);

    expect(shown).toMatchObject({ enabled: false, disabled_because: 'key_ended', key_id: ended.keyId });
    expect(new Date(String(shown.held_until)).getTime() - Date.now()).toBeGreaterThan(71 * 3_600_000);
    expect(contentsOf(ended)).toEqual(['tried before']);
    expect(await waiting(house, ended)).toHaveLength(3);

    const { id: heir } = await house.gateway.makeKey({ scopes });
    const answer = await adopt(house, ended.id, heir);
    await ended.receiver.gets(4);

    expect([answer.status, answer.body]).toMatchObject([
      200,
      { enabled: true, disabled_because: null, held_until: null, key_id: heir },
    ]);
    expect(contentsOf(ended)).toEqual(['at once', 'later', 'tried before', 'tried before']);
    const ids = (webhook: MadeWebhook) => new Set(webhook.receiver.received.map(({ headers }) => headers['webhook-id']));
    expect(ids(ended)).toEqual(ids(other));
    const { body: audit } = await house.gateway.admin('/audit-log');
    expect((audit.items as { action: string }[]).filter(({ action }) => /^webhook\.(adopt|disable)$/.test(action))).toMatchObject(
      [
        { action: 'webhook.adopt', actor: 'admin', subject: ended.id, details: { key_id: heir, former_key_id: ended.keyId } },
        { action: 'webhook.disable', actor: 'gateway', subject: ended.id, details: { because: 'key_ended' } },
      ],
    );
  });

  it('is dropped what was held when three days have passed, and held nothing more', async () => {
    const house = await WebhookHouse.build();
    const ended = await owned(house);
    await revoke(house, ended.keyId);
    await shownAsEnded(house, ended.id);
    await house.push(textPush('in time'));
    expect(await waiting(house, ended)).toHaveLength(1);

    await house.gateway.database.query("UPDATE webhook SET key_ended_at = now() - interval '3 days'");
    await house.push(textPush('too late'));
    await house.gateway.gateway.app.get(AttemptHistory).forgetOld();

    expect(await house.deliveries()).toMatchObject([{ state: 'expired', attempts: 0 }]);
    const { id: heir } = await house.gateway.makeKey({ scopes });
    expect((await adopt(house, ended.id, heir)).status).toBe(200);
    await house.push(textPush('from now on'));
    await ended.receiver.gets(1);
    expect(contentsOf(ended)).toEqual(['from now on']);
  });

  it('is sent nothing, tried, changed or given a secret by no other key, and may be deleted', async () => {
    const house = await WebhookHouse.build();
    const ended = await owned(house);
    await house.push(textPush('a'));
    await ended.receiver.gets(1);
    const event = String(ended.receiver.received[0]?.headers['webhook-id']);
    await revoke(house, ended.keyId);

    const attempts: [string, string, unknown?][] = [
      ['POST', '/resend', { event_id: event }],
      ['POST', '/test'],
      ['POST', '/rotate'],
      ['PATCH', '', { enabled: true }],
    ];
    for (const [method, path, body] of attempts)
      expect((await house.ask(`/webhooks/${ended.id}${path}`, method, body)).body).toMatchObject({
        status: 409,
        code: 'webhook_key_ended',
      });
    expect((await house.ask(`/events/${event}/replay`, 'POST')).body).toEqual({ queued: 0 });
    expect(ended.receiver.received).toHaveLength(1);
    expect((await house.ask(`/webhooks/${ended.id}`, 'DELETE')).status).toBe(204);
  });
});

describe('A webhook whose key expires', () => {
  it('stops by the database’s time, and goes on when the key is given more', async () => {
    // Nobody notices by a job: each statement asks for itself.
    const house = await WebhookHouse.build({ withoutJobs: ['webhook-keys'] });
    const [ended, other] = [await owned(house), await house.webhook()];
    const owners = house.gateway.gateway.app.get(WebhookOwners);
    await house.gateway.database.query('UPDATE api_key SET expires_at = now() WHERE id = $1', [ended.keyId]);

    await house.push(textPush('a'));
    await other.receiver.gets(1);
    expect(await waiting(house, ended)).toHaveLength(1);
    await owners.follow();
    expect((await house.ask(`/webhooks/${ended.id}`)).body).toMatchObject({ disabled_because: 'key_ended' });
    await house.push(textPush('b'));
    await other.receiver.gets(2);
    expect(ended.receiver.received).toHaveLength(0);

    await patchKey(house, ended.keyId, { expires_at: '2040-01-01T00:00:00Z' });
    await owners.follow();
    await ended.receiver.gets(2);

    expect(contentsOf(ended)).toEqual(['a', 'b']);
    expect((await house.ask(`/webhooks/${ended.id}`)).body).toMatchObject({
      enabled: true,
      disabled_because: null,
      held_until: null,
    });
  });
});

describe('A webhook whose key is narrowed', () => {
  it('gets nothing of the app that is lost, not even what waited, and goes on with the others', async () => {
    const house = await WebhookHouse.build();
    const twin = await house.gateway.twin();
    const narrowed = await owned(house, { appids: [appid, otherAppid] });
    narrowed.receiver.answers(503);
    await house.push(textPush('waited'), { appid: otherAppid });
    await narrowed.receiver.gets(1);
    const event = String(narrowed.receiver.received[0]?.headers['webhook-id']);
    await until(
      () => house.deliveries(),
      ([delivery]) => delivery?.step === 1,
    );

    await patchKey(house, narrowed.keyId, { appids: [appid] });
    narrowed.receiver.answers(204);
    await house.push(textPush('lost'), { appid: otherAppid, to: twin });
    await house.passes(60);
    await house.push(textPush('kept'), { to: twin });
    await narrowed.receiver.gets(2);
    await until(
      () => house.deliveries(),
      (all) => all.every(({ state }) => state !== 'waiting'),
    );

    expect(contentsOf(narrowed)).toEqual(['kept', 'waited']);
    expect((await house.deliveries()).map(({ state }) => state)).toEqual(['failed', 'delivered']);
    const resend = (order: object) => house.ask(`/webhooks/${narrowed.id}/resend`, 'POST', order);
    expect((await resend({ event_id: event })).body).toEqual({ queued: 0 });
    expect((await resend({ since: '2020-01-01T00:00:00Z' })).body).toEqual({ queued: 1 });
    expect((await house.ask(`/events/${event}/replay`, 'POST')).body).toEqual({ queued: 0 });
  });

  it.each(['events:read', 'webhooks'])('gets nothing at all without the scope %s', async (lost) => {
    const house = await WebhookHouse.build();
    const [narrowed, other] = [await owned(house), await house.webhook()];

    await patchKey(house, narrowed.keyId, { scopes: scopes.filter((scope) => scope !== lost) });
    await house.push(textPush('a'));
    await other.receiver.gets(1);

    expect(await house.gateway.database.query('SELECT webhook_id FROM webhook_delivery')).toEqual([{ webhook_id: other.id }]);
    expect((await house.ask(`/webhooks/${narrowed.id}`)).body).toMatchObject({ enabled: true });
  });

  it('is told and no more asked without the scope messages:send', async () => {
    const house = await WebhookHouse.build();
    const narrowed = await owned(house, { reply: true });
    narrowed.receiver.answers(200, { 'content-type': 'application/json' }, '{"type": "text", "content": "hello"}');
    expect(await house.push(textPush('a'))).toContain('hello');

    await patchKey(house, narrowed.keyId, { scopes: ['webhooks', 'events:read'] });

    expect(await house.push(textPush('b'))).toBe('success');
    await narrowed.receiver.gets(2);
  });
});

describe('The scope webhooks', () => {
  it('opens nothing without events:read, and lets no service answer without messages:send', async () => {
    const house = await WebhookHouse.build();
    const { key: alone } = await house.gateway.makeKey({ scopes: ['webhooks'] });
    const { key: told } = await house.gateway.makeKey({ scopes: ['webhooks', 'events:read'] });
    const made = await house.webhook();
    const answering = await house.webhook({ reply: true });
    await house.push(textPush('a'));
    await made.receiver.gets(1);
    const event = String(made.receiver.received[0]?.headers['webhook-id']);
    const order = { url: made.receiver.url, appids: [appid], types: '*' };
    const lacking = async (key: string, method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await house.ask(path, method, body, key);
      return [answer.status, answer.body.code, answer.body.required_scope];
    };

    for (const [method, path, body] of [
      ['POST', '/webhooks', order],
      ['POST', `/webhooks/${made.id}/resend`, { since: '2020-01-01T00:00:00Z' }],
      ['POST', `/webhooks/${made.id}/test`],
      ['PATCH', `/webhooks/${made.id}`, { url: `${made.receiver.url}/mine` }],
      ['POST', `/events/${event}/replay`],
    ] as const)
      expect(await lacking(alone, method, path, body)).toEqual([403, 'insufficient_scope', 'events:read']);
    for (const [method, path, body] of [
      ['POST', '/webhooks', { ...order, reply: true }],
      ['POST', '/webhooks', { ...order, format: 'wechat' }],
      ['PATCH', `/webhooks/${made.id}`, { reply: true }],
      ['PATCH', `/webhooks/${answering.id}`, { url: `${made.receiver.url}/mine` }],
    ] as const)
      expect(await lacking(told, method, path, body)).toEqual([403, 'insufficient_scope', 'messages:send']);
    expect((await house.ask('/webhooks', 'POST', order, told)).status).toBe(201);
    expect((await house.ask(`/webhooks/${answering.id}`, 'PATCH', { reply: false }, told)).status).toBe(200);
    expect(made.receiver.received).toHaveLength(1);
  });

  it('gives a webhook through another key no more than its own key may have', async () => {
    const house = await WebhookHouse.build();
    const narrow = await owned(house, {}, { appids: [appid], scopes: ['webhooks', 'events:read'] });

    const widened = await house.ask(`/webhooks/${narrow.id}`, 'PATCH', { appids: [appid, otherAppid], reply: true });

    expect(widened.body).toMatchObject({ status: 409, code: 'webhook_key_lacks' });
    expect(widened.body.detail).toContain(`the app ${otherAppid}, the scope messages:send`);
    expect((await house.ask(`/webhooks/${narrow.id}`, 'PATCH', { description: 'mine' })).status).toBe(200);
  });
});

describe('The operator', () => {
  it('sees the webhooks of all keys, the newest first, by app, key and state', async () => {
    const house = await WebhookHouse.build();
    const [first, second, all] = [
      await owned(house, { url: 'http://127.0.0.1:9/a?token=hidden' }),
      await owned(house, { appids: [otherAppid] }),
      await owned(house, { appids: '*' }),
    ];
    await house.ask(`/webhooks/${second.id}`, 'PATCH', { enabled: false });
    await revoke(house, all.keyId);
    await shownAsEnded(house, all.id);
    await house.gateway.database.query('UPDATE webhook SET key_id = NULL WHERE id = $1', [first.id]);
    const ids = async (query: string) => (await listed(house, query)).map(({ id }) => id);

    expect(await ids('')).toEqual([all.id, second.id, first.id]);
    expect((await listed(house)).at(-1)).toMatchObject({
      url: 'http://127.0.0.1:9/a',
      key_id: null,
      waived_scopes: [],
      enabled: true,
    });
    expect(await ids(`?appid=${appid}`)).toEqual([all.id, first.id]);
    expect(await ids(`?key=${second.keyId}`)).toEqual([second.id]);
    expect(await ids('?key=none')).toEqual([first.id]);
    expect(await ids('?state=enabled')).toEqual([first.id]);
    expect(await ids('?state=disabled')).toEqual([all.id, second.id]);
    expect(await ids(`?state=asked&appid=${otherAppid}`)).toEqual([second.id]);
    const { body: page } = await house.gateway.admin('/webhooks?limit=2');
    const { body: rest } = await house.gateway.admin(`/webhooks?limit=2&cursor=${String(page.next_cursor)}`);
    expect([page.items, rest.items].map((items) => (items as { id: string }[]).map(({ id }) => id))).toEqual([
      [all.id, second.id],
      [first.id],
    ]);
    expect(rest.next_cursor).toBeNull();
    // What was made within one millisecond stands on one page each, once.
    await house.gateway.database.query(
      "UPDATE webhook SET created_at = date_trunc('milliseconds', now()) + (100 + ascii(right(id, 1))) * interval '1 microsecond'",
    );
    const walked: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await house.gateway.admin(`/webhooks?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      walked.push(...(body.items as { id: string }[]).map(({ id }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(walked.sort()).toEqual([all.id, second.id, first.id].sort());
    for (const query of ['?state=tired', '?key=a', '?cursor=a', '?limit=0'])
      expect((await house.gateway.admin(`/webhooks${query}`)).status).toBe(400);
  });

  it('lets a key adopt only what it may have', async () => {
    const house = await WebhookHouse.build();
    const [made, answering] = [await owned(house), await owned(house, { reply: true })];
    const key = async (terms: object): Promise<string> => (await house.gateway.makeKey({ scopes, ...terms })).id;

    const refused = await adopt(house, answering.id, await key({ appids: [otherAppid], scopes: ['webhooks'] }));

    expect(refused.body).toMatchObject({ status: 409, code: 'webhook_key_lacks' });
    expect(refused.body.detail).toContain(`the app ${appid}, the scope events:read, the scope messages:send`);
    expect((await adopt(house, answering.id, await key({ scopes: ['webhooks', 'events:read'] }))).status).toBe(409);
    expect((await adopt(house, made.id, await key({ appids: [appid], scopes: ['webhooks', 'events:read'] }))).status).toBe(200);
    for (const id of ['0000000000', 'nobody'])
      expect((await adopt(house, made.id, id)).body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'key_id' }] });
    expect((await adopt(house, `whk_${'0'.repeat(16)}`, await key({}))).body.code).toBe('webhook_not_found');
  });

  it('replaces a key, and nobody’s webhooks are lost', async () => {
    const house = await WebhookHouse.build();
    const [made, asleep] = [await owned(house), await owned(house)];
    await house.ask(`/webhooks/${asleep.id}`, 'PATCH', { enabled: false });
    const { id: heir } = await house.gateway.makeKey({ scopes });

    for (const one of [made, asleep]) {
      await adopt(house, one.id, heir);
      await revoke(house, one.keyId);
    }
    await house.gateway.gateway.app.get(WebhookOwners).follow();
    await house.push(textPush('a'));
    await made.receiver.gets(1);

    expect((await listed(house)).map(({ key_id: keyId, disabled_because: because }) => [keyId, because])).toEqual([
      [heir, 'asked'],
      [heir, null],
    ]);
  });
});

describe('A webhook from before webhooks belonged to keys', () => {
  const ownership = migrations.find(({ name }) => name.startsWith('OwnWebhooks'));

  it('belongs to the key that made it, without asking it for more than it held, or goes on as nobody’s', async () => {
    const house = await WebhookHouse.build();
    const [plain, old, narrowed, gone] = [
      await owned(house),
      await owned(house, { reply: true }),
      await owned(house, { appids: [appid, otherAppid] }),
      await owned(house),
    ];
    const runner = house.gateway.gateway.app.get(DataSource).createQueryRunner();
    if (!ownership) throw new Error('there is no such migration');
    await new ownership().down(runner);
    await house.gateway.database.query("UPDATE api_key SET scopes = '{webhooks}' WHERE id = $1", [old.keyId]);
    await house.gateway.database.query('UPDATE api_key SET appids = $2 WHERE id = $1', [narrowed.keyId, [appid]]);
    await house.gateway.database.query('DELETE FROM api_key WHERE id = $1', [gone.keyId]);

    await new ownership().up(runner);
    await runner.release();
    await house.push(textPush('a'));
    await Promise.all([plain, old, narrowed, gone].map(({ receiver }) => receiver.gets(1)));

    expect((await listed(house)).map(({ key_id: keyId, waived_scopes: waived }) => [keyId, (waived as string[]).sort()])).toEqual(
      [
        [null, []],
        [null, []],
        [old.keyId, ['events:read', 'messages:send']],
        [plain.keyId, []],
      ],
    );
    // Adding what is not needed changes nothing; what it is given once, it needs from then on.
    await patchKey(house, old.keyId, { scopes: ['webhooks', 'quota'] });
    await house.push(textPush('b'));
    await old.receiver.gets(2);
    await patchKey(house, old.keyId, { scopes: ['webhooks', 'events:read'] });
    await patchKey(house, old.keyId, { scopes: ['webhooks'] });
    await house.push(textPush('c'));
    await plain.receiver.gets(3);
    expect(old.receiver.received).toHaveLength(2);
    // Nobody's is stopped by no key, until it is adopted.
    const { id: heir } = await house.gateway.makeKey({ scopes });
    await adopt(house, gone.id, heir);
    await revoke(house, heir);
    await shownAsEnded(house, gone.id);
  });
});
