import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { LivingKey } from '#access';
import { EventNotFound, KeptEvents } from '#callback';
import { DataSource } from 'typeorm';
import { DeliveryWorker } from './delivery-worker.js';
import type { Webhook } from './webhook.entity.js';

const queuedAtOnce = 5_000;

/**
 * Starts a delivery again, whatever became of it. Somebody asked for it, so its age no longer matters, and all attempts follow.
 * An attempt under way is overtaken: its result is kept but does not end the delivery.
 */
const again = `
  ON CONFLICT (appid, seq, webhook_id) DO UPDATE
     SET state = 'waiting', due_at = now(), step = 0, expires_at = NULL, asked = false,
         attempts = delivery.attempts + (delivery.state = 'waiting')::int`;

/** A request never gives a webhook more than its own key may have. */
const keyed = 'webhook LEFT JOIN api_key AS key ON key.id = webhook.key_id';

interface Page {
  queued: number;
  looked: number;
  last_at: string;
  last_seq: string;
}

@Injectable()
export class Resends {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly events: KeptEvents,
    private readonly worker: DeliveryWorker,
  ) {}

  /** One event of the webhook's apps, even of a type that it does not ask for now. */
  async one({ id, appids }: Webhook, eventId: string, key: LivingKey): Promise<number> {
    const { appid, seq } = await this.eventOf(eventId, key);
    if (!appids.includes('*') && !appids.includes(appid)) throw new EventNotFound();
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO webhook_delivery AS delivery (appid, seq, webhook_id, due_at)
       SELECT $1::text, $2::bigint, webhook.id, now() FROM ${keyed}
        WHERE webhook.id = $3 AND webhook_key_opens(webhook, key, $1, 'events:read')
       ${again} RETURNING 1`,
      [appid, seq, id],
    );
    this.worker.wake();
    return rows.length;
  }

  /** Everything that fits and was received since then, even if it was never sent to the webhook. One page in each statement. */
  async since({ id }: Webhook, since: Date, { undeliveredOnly }: { undeliveredOnly: boolean }): Promise<number> {
    let [sum, lastAt, lastSeq] = [0, since.toISOString(), '0'];
    for (let isLast = false; !isLast;) {
      const [page] = await this.database.query<Page[]>(
        `WITH page AS (
           SELECT appid, seq, type, raw IS NOT NULL AS has_raw, received_at FROM event
            WHERE received_at >= $1 AND (received_at, seq) > ($1, $2) ORDER BY received_at, seq LIMIT $3),
         queued AS (
           INSERT INTO webhook_delivery AS delivery (appid, seq, webhook_id, due_at)
           SELECT page.appid, page.seq, webhook.id, now()
             FROM page JOIN (${keyed}) ON webhook_takes(webhook, page.appid, page.type, page.has_raw)
            WHERE webhook.id = $4 AND webhook_key_opens(webhook, key, page.appid, 'events:read')
           ${again} WHERE NOT $5 OR delivery.state <> 'delivered'
           RETURNING 1)
         SELECT (SELECT count(*) FROM queued)::int AS queued, (SELECT count(*) FROM page)::int AS looked,
                received_at::text AS last_at, seq AS last_seq
           FROM page ORDER BY received_at DESC, seq DESC LIMIT 1`,
        [lastAt, lastSeq, queuedAtOnce, id, undeliveredOnly],
      );
      if (!page) break;
      sum += page.queued;
      [lastAt, lastSeq, isLast] = [page.last_at, page.last_seq, page.looked < queuedAtOnce];
      this.worker.wake();
    }
    return sum;
  }

  /** Sends one event to all webhooks that fit and that the key sees. */
  async replay(eventId: string, key: LivingKey): Promise<number> {
    const { appid, seq } = await this.eventOf(eventId, key);
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO webhook_delivery AS delivery (appid, seq, webhook_id, due_at)
       SELECT event.appid, event.seq, webhook.id, now()
         FROM event JOIN (${keyed}) ON webhook_takes(webhook, event.appid, event.type, event.raw IS NOT NULL)
        WHERE event.appid = $1 AND event.seq = $2 AND webhook.enabled
          AND webhook_key_lives(webhook, key) AND webhook_key_opens(webhook, key, event.appid, 'events:read') AND ($3::text[] IS NULL OR webhook.appids <@ $3)
       ${again} RETURNING 1`,
      [appid, seq, key.holdsApp('*') ? null : key.terms.appids],
    );
    this.worker.wake();
    return rows.length;
  }

  private async eventOf(id: string, key: LivingKey): Promise<{ appid: string; seq: string }> {
    const event = /^evt_[0-9A-Za-z]{22}$/.test(id) ? await this.events.get(id) : undefined;
    // For a key that does not hold the app, its events do not exist.
    if (!event || !key.holdsApp(event.appid)) throw new EventNotFound();
    return event;
  }
}
