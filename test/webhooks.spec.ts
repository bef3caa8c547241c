import { describe, expect, it } from '@jest/globals';
import { eventPush, textPush } from './support/pusher.js';
import { verified } from './support/receiver.js';
import { until } from './support/until.js';
import { WebhookHouse, appid, otherAppid } from './support/webhook-house.js';

describe('A delivery', () => {
  it('is the event as its address shows it, signed so that any receiver can tell', async () => {
    const house = await WebhookHouse.build();
    const { secret, receiver } = await house.webhook();

    await house.push(textPush('你好'));
    const [received] = await receiver.gets(1);

    if (!received) throw new Error('nothing came');
    const event = verified(received, secret);
    expect(received).toMatchObject({ method: 'POST', path: '/hook' });
    expect(received.headers['content-type']).toBe('application/json');
    expect(received.headers['webhook-id']).toBe(event.id);
    expect((await house.ask(`/events/${String(event.id)}`)).text).toBe(received.text);
    expect(() => verified({ ...received, text: received.text.replace('你好', '您好') }, secret)).toThrow();
    expect(() => verified(received, `whsec_${Buffer.alloc(32).toString('base64')}`)).toThrow();
  });

  it('goes to those who asked for its app and its type, and to nobody else', async () => {
    const house = await WebhookHouse.build();
    const wanted = await Promise.all([
      house.webhook({ types: ['message.text'] }),
      house.webhook({ types: ['message.*'], appids: [otherAppid, appid] }),
      house.webhook({ types: '*', appids: '*' }),
    ]);
    const others = await Promise.all([
      house.webhook({ types: ['event.*'] }),
      house.webhook({ types: ['message.image'] }),
      house.webhook({ appids: [otherAppid] }),
    ]);
    const off = await house.webhook();
    await house.ask(`/webhooks/${off.id}`, 'PATCH', { enabled: false });

    await house.push(textPush('a'));
    await house.delivered(3);

    expect(wanted.map(({ receiver }) => receiver.received.length)).toEqual([1, 1, 1]);
    expect([...others, off].map(({ receiver }) => receiver.received.length)).toEqual([0, 0, 0, 0]);
  });

  it('is written in the commit of the event, once for each receiver, whatever is repeated', async () => {
    const house = await WebhookHouse.build();
    const { receiver, id } = await house.webhook();
    const twin = await house.gateway.twin();
    const same = eventPush('SCAN', { EventKey: 'a' });

    await Promise.all([house.push(same), house.push(same, { to: twin }), house.push(same)]);
    await house.push(textPush('b'), { to: twin });
    await house.delivered(2);

    expect(await house.gateway.database.query('SELECT DISTINCT webhook_id FROM webhook_delivery')).toEqual([{ webhook_id: id }]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
    expect(receiver.received).toHaveLength(2);
  });

  it('to one receiver waits for no other', async () => {
    const house = await WebhookHouse.build();
    const silent = await house.webhook();
    silent.receiver.does(() => undefined);
    const prompt = await house.webhook();

    for (let number = 0; number < 15; number++) await house.push(textPush(`${number}`));
    await prompt.receiver.gets(15);

    await until(
      () => silent.receiver.received.length,
      (count) => count >= 10,
    );
    // More than ten at once are not asked of it.
    expect(silent.receiver.received).toHaveLength(10);
    const [{ places = 0 } = {}] = await house.gateway.database.query<{ places: number }>(
      'SELECT count(*)::int AS places FROM webhook_delivery WHERE webhook_id = $1 AND attempts = 0',
      [silent.id],
    );
    expect(places).toBe(5);
  });
});

describe('A webhook', () => {
  it('is made, shown, changed and deleted, and each of it stands in the audit log', async () => {
    const house = await WebhookHouse.build();
    const { id, secret, body, receiver } = await house.webhook({ description: 'orders', max_age_seconds: 60 });

    expect(body).toMatchObject({ appids: [appid], types: ['*'], reply: false, format: 'standard', enabled: true });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown: Record<string, unknown> = { ...body };
    delete shown.secret;
    expect((await house.ask(`/webhooks/${id}`)).body).toEqual(shown);
    expect((await house.ask('/webhooks')).body).toEqual({ items: [shown], next_cursor: null });

    const changed = await house.ask(`/webhooks/${id}`, 'PATCH', { types: ['event.scan'], max_age_seconds: null, enabled: false });
    expect(changed.body).toEqual({
      ...shown,
      types: ['event.scan'],
      max_age_seconds: null,
      enabled: false,
      disabled_because: 'asked',
    });
    expect(
      (await house.ask(`/webhooks/${id}`, 'PATCH', { enabled: true, url: `${receiver.url}/other?token=hidden` })).status,
    ).toBe(200);

    expect((await house.ask(`/webhooks/${id}`, 'DELETE')).status).toBe(204);
    expect((await house.ask(`/webhooks/${id}`)).body).toMatchObject({ status: 404, code: 'webhook_not_found' });
    const { body: audit } = await house.gateway.admin('/audit-log');
    const deeds = (audit.items as { action: string; actor: string }[]).filter(({ action }) => action.startsWith('webhook.'));
    expect(deeds.map(({ action }) => action)).toEqual(['webhook.delete', 'webhook.change', 'webhook.change', 'webhook.create']);
    expect(deeds.every(({ actor }) => actor.startsWith('key:'))).toBe(true);
    expect(JSON.stringify(audit)).not.toContain('hidden');
  });

  it('keeps its secret sealed, and shows it once even to a caller who repeats', async () => {
    const house = await WebhookHouse.build();
    const order = { url: 'http://127.0.0.1:9/hook', appids: [appid], types: '*' };
    const create = () =>
      house.gateway.ask('/v1/webhooks', { method: 'POST', key: house.key, body: order, headers: { 'idempotency-key': 'one' } });

    const first = await create();
    const again = await create();

    expect(again.body).toMatchObject({ status: 409, code: 'already_created' });
    expect(again.text).toContain(String(first.body.id));
    const kept = JSON.stringify(await house.gateway.database.query('SELECT * FROM webhook')) + house.gateway.logged.join('');
    expect(kept).not.toContain(String(first.body.secret).slice(6));
  });

  it('belongs to keys that hold all of its apps', async () => {
    const house = await WebhookHouse.build();
    const [both, all, own] = [
      await house.webhook({ appids: [appid, otherAppid] }),
      await house.webhook({ appids: '*' }),
      await house.webhook(),
    ];
    const { key } = await house.gateway.makeKey({ scopes: ['webhooks', 'events:read'], appids: [appid] });
    const order = (appids: unknown) => ({ url: 'http://127.0.0.1:9/', appids, types: '*' });

    expect(((await house.ask('/webhooks', 'GET', undefined, key)).body.items as { id: string }[]).map(({ id }) => id)).toEqual([
      own.id,
    ]);
    for (const { id } of [both, all])
      for (const [method, body] of [['GET'], ['PATCH', { description: 'mine' }], ['DELETE']] as const)
        expect((await house.ask(`/webhooks/${id}`, method, body, key)).status).toBe(404);
    for (const appids of [[otherAppid], '*', [appid, '*'], [appid, otherAppid]]) {
      expect((await house.ask('/webhooks', 'POST', order(appids), key)).body.code).toBe('app_not_allowed');
      expect((await house.ask(`/webhooks/${own.id}`, 'PATCH', { appids }, key)).body.code).toBe('app_not_allowed');
    }
    expect((await house.ask('/webhooks', 'POST', order([appid]), key)).status).toBe(201);
    const { key: without } = await house.gateway.makeKey({ scopes: ['events:read'] });
    expect((await house.ask('/webhooks', 'GET', undefined, without)).body.code).toBe('insufficient_scope');
  });

  it('is refused with every field that is not as described, and says which', async () => {
    const house = await WebhookHouse.build();
    const good = { url: 'https://shop.example.com/', appids: [appid], types: '*' };
    const wrong: [string, unknown][] = [
      ['url', 'ftp://shop.example.com/'],
      ['url', 'http://user:password@shop.example.com/'],
      ['url', 'https://shop.example.com/#part'],
      ['url', 'not an address'],
      ['appids', []],
      ['appids', ['wx1']],
      ['types', []],
      ['types', ['event.SCAN']],
      ['types', ['message']],
      ['max_age_seconds', 0],
      ['description', 'a\u0000b'],
      ['reply', 'yes'],
    ];

    for (const [name, value] of wrong)
      expect((await house.ask('/webhooks', 'POST', { ...good, [name]: value })).body).toMatchObject({
        code: 'validation_failed',
        errors: [{ path: name }],
      });
  });
});
