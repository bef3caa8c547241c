import { describe, expect, it } from '@jest/globals';
import { textPush } from './support/pusher.js';
import { Receiver } from './support/receiver.js';
import { until } from './support/until.js';
import { WebhookHouse } from './support/webhook-house.js';

interface ClaimSeen {
  readonly rows: number;
  readonly webhooks: number;
  readonly most: number;
  readonly bytes: number;
}

/** Notes each claim in its own statement: what becomes of the deliveries later, on however slow a machine, changes nothing of it. */
const noting = `
  CREATE SEQUENCE claim_number;
  CREATE TABLE noted_claim (claim bigint, webhook_id text, number integer, bytes integer);
  CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE claim bigint := nextval('claim_number');
  BEGIN
    INSERT INTO noted_claim
    SELECT claim, webhook_id, count(*), sum(octet_length(raw))
      FROM after JOIN before USING (appid, seq, webhook_id) JOIN event USING (appid, seq)
     WHERE after.attempts = 1 AND before.attempts = 0 GROUP BY webhook_id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_claim AFTER UPDATE ON webhook_delivery REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION note_claim()`;

const claims = (house: WebhookHouse): Promise<ClaimSeen[]> =>
  house.gateway.database.query<ClaimSeen>(
    `SELECT sum(number)::int AS rows, count(*)::int AS webhooks, max(number)::int AS most, sum(bytes)::int AS bytes
       FROM noted_claim GROUP BY claim ORDER BY claim`,
  );

const claimed = (house: WebhookHouse, count: number): Promise<ClaimSeen[]> =>
  until(
    () => claims(house),
    (seen) => seen.reduce((sum, { rows }) => sum + rows, 0) >= count,
    20_000,
  );

/** One backlog for all: what is pushed is not due before `release`. */
async function backlog({
  webhooks,
  pushes,
}: {
  webhooks: number;
  pushes: string[];
}): Promise<{ house: WebhookHouse; release: () => Promise<void> }> {
  const house = await WebhookHouse.build({ withoutJobs: ['webhook-deliveries'] });
  const receiver = await Receiver.start();
  receiver.does(() => undefined);
  for (let number = 0; number < webhooks; number++) await house.webhook({}, receiver);
  await house.gateway.database.query('UPDATE webhook SET enabled = false, disabled_because = $1', ['asked']);
  for (const push of pushes) await house.push(push);
  await house.gateway.database.query(
    `INSERT INTO webhook_delivery (appid, seq, webhook_id, due_at)
     SELECT event.appid, event.seq, webhook.id, now() - interval '1 minute' FROM event CROSS JOIN webhook`,
  );
  await house.gateway.database.query(noting);
  const release = async (): Promise<void> => {
    await house.gateway.database.query('UPDATE webhook SET enabled = true, disabled_because = NULL');
    await house.push(textPush('wakes them'));
  };
  return { house, release };
}

describe('A claim of deliveries', () => {
  it('holds two hundred at most, shared by all webhooks that have something due, and leaves none out', async () => {
    const { house, release } = await backlog({ webhooks: 250, pushes: [textPush('1'), textPush('2'), textPush('3')] });

    await release();
    const seen = await claimed(house, 1_000);

    expect(Math.max(...seen.map(({ rows }) => rows))).toBe(200);
    expect(seen.slice(0, 2)).toMatchObject([
      { rows: 200, webhooks: 200 },
      { rows: 200, webhooks: 200 },
    ]);
    const shares = await house.gateway.database.query<{ number: number }>(
      `SELECT DISTINCT sum(number)::int AS number FROM noted_claim
        WHERE claim IN (SELECT DISTINCT claim FROM noted_claim ORDER BY claim LIMIT 3) GROUP BY webhook_id ORDER BY 1`,
    );
    expect(shares).toEqual([{ number: 2 }, { number: 3 }]);
  }, 60_000);

  it('holds eight megabytes at most, the first of each webhook before the second of any', async () => {
    const pushes = Array.from({ length: 10 }, (_, number) => textPush(`${number} ${'x'.repeat(200_000)}`));
    const { house, release } = await backlog({ webhooks: 15, pushes });

    await release();
    const [first] = await claimed(house, 150);

    expect(first?.bytes).toBeGreaterThan(8 * 1_024 * 1_024 - 200_000);
    expect(first?.bytes).toBeLessThan(8 * 1_024 * 1_024 + 210_000);
    expect(first).toMatchObject({ webhooks: 15, most: 3 });
  }, 60_000);
});
