import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

export interface DeliveryKey {
  readonly appid: string;
  readonly seq: string;
  readonly webhookId: string;
}

/** A delivery that is ours until its lease ends, with the event. */
export interface Claim extends DeliveryKey {
  /** Which attempt this is; whoever is overtaken holds a lower one. */
  readonly number: number;
  readonly failures: number;
  /** The event is too old for this receiver. */
  readonly isExpired: boolean;
  readonly event: ClaimedEvent;
  /** Known to whoever received the push, and to nobody later. */
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
  /** Until the next attempt, when it waits for one. */
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

/**
 * Neither waits for the disk: what a crash of the database takes from claims and results is sent again, as after any
 * crash. Events themselves, and what is to be sent of them, are committed by their own transaction.
 */
const soon = `(SELECT set_config('synchronous_commit', 'off', true)) AS soon`;

const claimed = `
  RETURNING delivery.appid, delivery.seq, delivery.webhook_id AS "webhookId", delivery.attempts AS number,
            delivery.step AS failures, coalesce(delivery.expires_at <= now(), false) AS "isExpired",
            event.id, event.type, event.openid, event.occurred_at AS "occurredAt", event.received_at AS "receivedAt",
            event.data, CASE WHEN webhook.format = 'wechat' THEN event.raw END AS raw`;

type ClaimRow = Omit<Claim, 'event'> & ClaimedEvent;

/** The deliveries as rows: what is due, and what became of it. */
@Injectable()
export class Outbox {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /**
   * What is due, for each webhook no more than it has room for. So a receiver that does not answer holds up its own
   * deliveries alone: they are not even looked at while its places are taken.
   */
  async claim(roomForEach: number, taken: ReadonlyMap<string, number>): Promise<Claim[]> {
    const [rows] = await this.database.query<[ClaimRow[], number]>(
      `UPDATE webhook_delivery AS delivery
          SET attempts = attempts + 1, due_at = now() + make_interval(secs => $1)
         FROM (SELECT webhook.id, webhook.format, next.appid, next.seq
                 FROM webhook
                 LEFT JOIN unnest($2::text[], $3::int[]) AS taken (id, places) USING (id)
                CROSS JOIN LATERAL (
                      SELECT appid, seq FROM webhook_delivery
                       WHERE webhook_id = webhook.id AND due_at <= now()
                       ORDER BY due_at LIMIT greatest($4 - coalesce(taken.places, 0), 0)
                         FOR UPDATE SKIP LOCKED) AS next
                WHERE webhook.enabled) AS webhook
         JOIN event USING (appid, seq)
        CROSS JOIN ${soon}
        WHERE delivery.appid = webhook.appid AND delivery.seq = webhook.seq AND delivery.webhook_id = webhook.id
        ${claimed}`,
      [leaseSeconds, [...taken.keys()], [...taken.values()], roomForEach],
    );
    return rows.map(claimOf);
  }

  /** The delivery to the service that is to be asked for an answer, for whoever received the push. */
  async claimAsked({ appid, seq }: { appid: string; seq: string }): Promise<Claim | undefined> {
    const [rows] = await this.database.query<[ClaimRow[], number]>(
      `UPDATE webhook_delivery AS delivery
          SET attempts = attempts + 1, asked = false, due_at = now() + make_interval(secs => $1)
         FROM webhook, event, ${soon}
        WHERE delivery.appid = $2 AND delivery.seq = $3 AND delivery.asked AND delivery.attempts = 0
          AND webhook.id = delivery.webhook_id AND event.appid = $2 AND event.seq = $3
        ${claimed}`,
      [leaseSeconds, appid, seq],
    );
    return rows.map(claimOf)[0];
  }

  /** Keeps what became of them, and the attempts. Whoever was overtaken decides nothing; of an event that is gone nothing is kept. */
  async settle(results: readonly Result[]): Promise<void> {
    const column = <T>(read: (result: Result) => T): T[] => results.map(read);
    await this.database.query(
      `WITH result AS (
         SELECT one.* FROM ${soon}, unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::float8[],
                              $7::boolean[], $8::int[], $9::text[], $10::int[], $11::text[])
           AS one (appid, seq, webhook_id, number, state, pause, was_sent, status, error, milliseconds, response)),
       settled AS (
         UPDATE webhook_delivery AS delivery
            SET state = result.state, due_at = now() + make_interval(secs => result.pause),
                step = step + (result.state IN ('waiting', 'failed') AND was_sent)::int
           FROM result
          WHERE delivery.appid = result.appid AND delivery.seq = result.seq AND delivery.webhook_id = result.webhook_id
            AND delivery.attempts = result.number)
       INSERT INTO webhook_attempt (appid, seq, webhook_id, number, status, error, milliseconds, response)
       SELECT result.appid, result.seq, result.webhook_id, number, status, error, milliseconds, response
         FROM result JOIN webhook_delivery USING (appid, seq, webhook_id) WHERE was_sent
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

const claimOf = ({ webhookId, number, failures, isExpired, ...event }: ClaimRow & DeliveryKey): Claim => {
  const { appid, seq } = event;
  return { appid, seq, webhookId, number, failures, isExpired, event };
};
