import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

export interface DeliveryKey {
  readonly appid: string;
  readonly seq: string;
  readonly webhookId: string;
}

/** A delivery that is ours until its lease ends, with its event. */
export interface Claim extends DeliveryKey {
  /** The number of this attempt. Whoever was overtaken holds a lower one. */
  readonly number: number;
  readonly failures: number;
  /** The event is too old for this receiver. */
  readonly isExpired: boolean;
  /** The webhook's key still holds the event's app and the scope `events:read`. */
  readonly isHeld: boolean;
  readonly event: ClaimedEvent;
  /** Known only to the process that received the push. */
  readonly wasEncrypted?: boolean;
}

export interface ClaimedEvent {
  readonly id: string;
  readonly appid: string;
  readonly type: string;
  readonly openid: string | null;
  readonly occurredAt: Date | null;
  readonly receivedAt: Date;
  readonly data: Record<string, unknown> | null;
  readonly raw: Buffer | null;
}

export interface Result {
  readonly claim: Claim;
  readonly state: 'delivered' | 'failed' | 'expired' | 'waiting';
  /** The time until the next attempt, if there is one. */
  readonly pauseSeconds: number | null;
  /** Absent where nothing was sent. */
  readonly attempt?: {
    readonly status: number | null;
    readonly error: string | null;
    readonly milliseconds: number;
    readonly response: string;
  };
}

/** Longer than a receiver may take to answer. */
const leaseSeconds = 40;
/** The limits of one claim: rows, and bytes to send. */
const claimMax = 200;
const claimBytesMax = 8 * 1_024 * 1_024;

/**
 * Claims and results do not wait for the disk: after a crash of the database the lost ones are sent again, as after any crash.
 * Events, and what is to be sent of them, are committed by their own transaction.
 */
const soon = `(SELECT set_config('synchronous_commit', 'off', true)) AS soon`;

const claimed = `
  RETURNING delivery.appid, delivery.seq, delivery.webhook_id AS "webhookId", delivery.attempts AS number,
            delivery.step AS failures, coalesce(delivery.expires_at <= now(), false) AS "isExpired", webhook."isHeld",
            event.id, event.type, event.openid, event.occurred_at AS "occurredAt", event.received_at AS "receivedAt",
            event.data, CASE WHEN webhook.format = 'wechat' THEN event.raw END AS raw`;

type ClaimRow = Omit<Claim, 'event'> & ClaimedEvent;

@Injectable()
export class DueDeliveries {
  /** The webhook at which the last claim ended. */
  private lastServed = '';

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /**
   * Claims what is due, for each webhook no more than it has free places. So a receiver that does not answer holds up only its
   * own deliveries: they are not even read while its places are taken. What waits for a webhook whose key has ended is left for
   * an adopter. Webhooks take turns by id: a claim holds no more than can be sent well within its lease, and the next claim
   * starts where this one ended. Each webhook of a claim gets the same share, and its first delivery before any gets a second.
   * Bytes are counted as they are stored.
   */
  async claim(roomForEach: number, taken: ReadonlyMap<string, number>): Promise<Claim[]> {
    const [rows] = await this.database.query<[(ClaimRow & DeliveryKey)[], number]>(
      `WITH turn AS MATERIALIZED (
         SELECT webhook.id, $4 - coalesce(taken.places, 0) AS room,
                row_number() OVER (ORDER BY webhook.id COLLATE "C" <= $5, webhook.id COLLATE "C") AS place
           FROM webhook
           LEFT JOIN api_key AS key ON key.id = webhook.key_id
           LEFT JOIN unnest($2::text[], $3::int[]) AS taken (id, places) ON taken.id = webhook.id
          WHERE webhook.enabled AND webhook_key_lives(webhook, key) AND coalesce(taken.places, 0) < $4
            AND EXISTS (SELECT FROM webhook_delivery WHERE webhook_id = webhook.id AND due_at <= now())
          ORDER BY place LIMIT $6),
       next AS MATERIALIZED (
         SELECT turn.id, place, due.appid, due.seq, row_number() OVER (PARTITION BY turn.id ORDER BY due_at) AS round
           FROM turn
          CROSS JOIN LATERAL (
                SELECT appid, seq, due_at FROM webhook_delivery
                 WHERE webhook_id = turn.id AND due_at <= now()
                 ORDER BY due_at LIMIT least(room, greatest($6 / (SELECT count(*) FROM turn), 1))
                   FOR UPDATE SKIP LOCKED) AS due)
       UPDATE webhook_delivery AS delivery
          SET attempts = attempts + 1, due_at = now() + make_interval(secs => $1)
         FROM (SELECT next.id, webhook.format, next.appid, next.seq,
                      webhook_key_opens(webhook, key, next.appid, 'events:read') AS "isHeld",
                      sum(coalesce(octet_length(event.raw), pg_column_size(event.data), 0)) OVER (ORDER BY round, place)
                        - coalesce(octet_length(event.raw), pg_column_size(event.data), 0) AS "bytesBefore"
                 FROM next
                 JOIN webhook ON webhook.id = next.id
                 LEFT JOIN api_key AS key ON key.id = webhook.key_id
                 JOIN event USING (appid, seq)) AS webhook
         JOIN event USING (appid, seq)
        CROSS JOIN ${soon}
        WHERE delivery.appid = webhook.appid AND delivery.seq = webhook.seq AND delivery.webhook_id = webhook.id
          AND webhook."bytesBefore" < $7
        ${claimed}`,
      [leaseSeconds, [...taken.keys()], [...taken.values()], roomForEach, this.lastServed, claimMax, claimBytesMax],
    );
    this.lastServed = lastOf(rows, this.lastServed);
    return rows.map(claimOf);
  }

  /** Claims the delivery to the service that is asked for an answer, for the process that received the push. */
  async claimAsked({ appid, seq }: { appid: string; seq: string }): Promise<Claim | undefined> {
    const [rows] = await this.database.query<[ClaimRow[], number]>(
      `UPDATE webhook_delivery AS delivery
          SET attempts = attempts + 1, asked = false, due_at = now() + make_interval(secs => $1)
         FROM (SELECT id, format, true AS "isHeld" FROM webhook WHERE enabled) AS webhook, event, ${soon}
        WHERE delivery.appid = $2 AND delivery.seq = $3 AND delivery.asked AND delivery.attempts = 0
          AND webhook.id = delivery.webhook_id AND event.appid = $2 AND event.seq = $3
        ${claimed}`,
      [leaseSeconds, appid, seq],
    );
    return rows.map(claimOf)[0];
  }

  /**
   * Writes the results and the attempts. The attempts of one webhook are numbered under a lock that is held until the commit,
   * so a reader who goes on from one number has missed none; webhooks share sixty-four locks, taken in one order. An overtaken
   * claim decides nothing, and nothing is kept for an event that is gone.
   */
  async settle(results: readonly Result[]): Promise<void> {
    const column = <T>(read: (result: Result) => T): T[] => results.map(read);
    await this.database.query(
      `WITH result AS (
         SELECT one.* FROM ${soon}, unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::float8[],
                              $7::boolean[], $8::int[], $9::text[], $10::int[], $11::text[])
           AS one (appid, seq, webhook_id, number, state, pause, was_sent, status, error, milliseconds, response)),
       locked AS MATERIALIZED (
         SELECT count(pg_advisory_xact_lock(4208, lock)) AS locks
           FROM (SELECT DISTINCT hashtext(webhook_id) & 63 AS lock FROM unnest($3::text[]) AS webhook_id ORDER BY 1) AS ordered),
       settled AS (
         UPDATE webhook_delivery AS delivery
            SET state = result.state, due_at = now() + make_interval(secs => result.pause),
                step = step + (result.state IN ('waiting', 'failed') AND was_sent)::int
           FROM result
          WHERE delivery.appid = result.appid AND delivery.seq = result.seq AND delivery.webhook_id = result.webhook_id
            AND delivery.attempts = result.number)
       INSERT INTO webhook_attempt (appid, seq, webhook_id, number, status, error, milliseconds, response)
       SELECT result.appid, result.seq, result.webhook_id, number, status, error, milliseconds, response
         FROM locked CROSS JOIN result JOIN webhook_delivery USING (appid, seq, webhook_id) WHERE was_sent
       ON CONFLICT DO NOTHING`,
      [
        column(({ claim }) => claim.appid),
        column(({ claim }) => claim.seq),
        column(({ claim }) => claim.webhookId),
        column(({ claim }) => claim.number),
        column(({ state }) => state),
        column(({ pauseSeconds }) => pauseSeconds),
        column(({ attempt }) => attempt !== undefined),
        column(({ attempt }) => attempt?.status ?? null),
        column(({ attempt }) => attempt?.error ?? null),
        column(({ attempt }) => attempt?.milliseconds ?? 0),
        column(({ attempt }) => attempt?.response ?? ''),
      ],
    );
  }
}

/** By the order in which webhooks take turns. It starts again if nothing was due. */
function lastOf(rows: readonly DeliveryKey[], before: string): string {
  const ids = rows.map(({ webhookId }) => webhookId).sort((one, other) => (one < other ? -1 : 1));
  return ids.filter((id) => id <= before).at(-1) ?? ids.at(-1) ?? '';
}

const claimOf = ({ webhookId, number, failures, isExpired, isHeld, ...event }: ClaimRow & DeliveryKey): Claim => {
  const { appid, seq } = event;
  return { appid, seq, webhookId, number, failures, isExpired, isHeld, event };
};
