import { describe, expect, it } from '@jest/globals';
import { adminToken } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { until } from './support/until.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

interface Kept {
  readonly url: string;
  readonly sealed: string | null;
}

const keptOf = async (house: WebhookHouse, id: string): Promise<Kept | undefined> => {
  const rows = await house.gateway.database.query<Kept>('SELECT url, sealed_url AS sealed FROM webhook WHERE id = $1', [id]);
  return rows[0];
};

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
    expect(await keptOf(house, String(second.body.id))).toEqual({
      url: `${receiver.url}/hook`,
      sealed: expect.stringMatching(/^v1\./),
    });
  });

  it('that release 0.2.0 wrote, whole and sealed, loses its query in the clear and is sent to as before', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    await house.ask(`/webhooks/${id}`, 'PATCH', { url: `${receiver.url}/hook?token=hidden` });
    const sealed = (await keptOf(house, id))?.sealed;

    await house.gateway.database.query(`UPDATE webhook SET url = url || '?token=hidden' WHERE id = $1`, [id]);

    await until(
      () => keptOf(house, id),
      (kept) => kept?.url === `${receiver.url}/hook`,
      10_000,
    );
    expect((await keptOf(house, id))?.sealed).toBe(sealed);
    await house.gateway.hearChanges();
    await house.push(textPush('a'));
    expect((await receiver.gets(1)).map(({ path }) => path)).toEqual(['/hook?token=hidden']);
  });

  it('that release 0.1.0 wrote is where it is sent to, and is sealed soon after', async () => {
    const house = await WebhookHouse.build();
    const { id, receiver } = await house.webhook();
    const moved = `${receiver.url}/moved`;

    const sql = 'UPDATE webhook SET url = $2, sealed_url = NULL WHERE id = $1';
    await house.gateway.database.query(sql, [id, `${moved}?token=hidden`]);
    await house.gateway.hearChanges();
    await house.push(textPush('a'));

    expect((await receiver.gets(1)).map(({ path }) => path)).toEqual(['/moved?token=hidden']);
    await until(
      () => keptOf(house, id),
      (kept) => kept?.url === moved && kept.sealed !== null,
      10_000,
    );
    await house.gateway.hearChanges();
    await house.push(textPush('b'));
    expect((await receiver.gets(2)).map(({ path }) => path)).toEqual(Array(2).fill('/moved?token=hidden'));
  });
});
