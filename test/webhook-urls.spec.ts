import { describe, expect, it } from '@jest/globals';
import { adminToken } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

const sealedOf = async (house: WebhookHouse, id: string): Promise<string | null> => {
  const rows = await house.gateway.database.query<{ sealed: string | null }>(
    'SELECT sealed_url AS sealed FROM webhook WHERE id = $1',
    [id],
  );
  return rows[0]?.sealed ?? null;
};

/** What the release before does, and the release after. */
async function moves(house: WebhookHouse, id: string, url: string): Promise<void> {
  await house.gateway.database.query('UPDATE webhook SET url = $2 WHERE id = $1', [id, url]);
  await house.gateway.hearChanges();
}

describe('The address of a webhook', () => {
  it('is sent to with its query, shown without it everywhere, and kept sealed', async () => {
    const house = await WebhookHouse.build({ env: { LOG_LEVEL: 'trace' } });
    const { id, receiver, body } = await house.webhook();
    const asked = { url: `${receiver.url}/hook?token=hidden` };
    receiver.answers(500);

    const changed = await house.ask(`/webhooks/${id}`, 'PATCH', asked);
    const second = await house.ask('/webhooks', 'POST', { ...asked, appids: [appid], types: ['event.scan'] });
    await house.push(textPush('a'));
    await receiver.gets(1);
    const attempts = await until(
      () => house.ask(`/webhooks/${id}/attempts`),
      ({ text }) => text.includes('500'),
    );
    const tried = await house.ask(`/webhooks/${id}/test`, 'POST');
    const all = [
      changed,
      second,
      attempts,
      tried,
      await house.ask(`/webhooks/${id}`),
      await house.ask('/webhooks'),
      await house.gateway.admin('/webhooks'),
      await house.ask(`/webhooks/${id}`, 'DELETE'),
      await house.gateway.admin('/audit-log'),
      await house.gateway.ask('/metrics', { key: adminToken }),
    ];

    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook?token=hidden', '/hook?token=hidden']);
    expect([body.url, changed.body.url, second.body.url]).toEqual(Array(3).fill(`${receiver.url}/hook`));
    for (const { text } of all) expect(text).not.toContain('hidden');
    expect(house.gateway.logged.join('')).not.toContain('hidden');
    expect(await sealedOf(house, String(second.body.id))).toMatch(/^v1\./);
  });

  it('is read where it is sealed: what a later release leaves in the clear column decides nothing', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    await house.ask(`/webhooks/${id}`, 'PATCH', { url: `${receiver.url}/hook?token=hidden` });

    await house.gateway.database.query('ALTER TABLE webhook DISABLE TRIGGER webhook_moved');
    await moves(house, id, `${receiver.url}/hook`);
    await house.push(textPush('a'));

    expect((await receiver.gets(1)).map(({ path }) => path)).toEqual(['/hook?token=hidden']);
  });

  it('that the release before wrote is where it is sent to, and is sealed soon after', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    const before = await sealedOf(house, id);

    await moves(house, id, `${receiver.url}/moved?token=hidden`);
    await house.push(textPush('a'));

    expect((await receiver.gets(1)).map(({ path }) => path)).toEqual(['/moved?token=hidden']);
    const sealed = await until(
      () => sealedOf(house, id),
      (found) => found !== null,
      10_000,
    );
    expect(sealed).not.toBe(before);
    await house.gateway.hearChanges();
    await house.push(textPush('b'));
    expect((await receiver.gets(2)).map(({ path }) => path)).toEqual(Array(2).fill('/moved?token=hidden'));
  });
});
