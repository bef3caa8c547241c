import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Latest, Span } from '#api';
import { Lifecycle } from '#runtime';
import { Settings } from '#settings';
import { DataSource } from 'typeorm';
import { heldDays } from './webhook.entity.js';

export interface AttemptRow {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly appid: string;
  readonly number: number;
  readonly at: Date;
  readonly status: number | null;
  readonly error: string | null;
  readonly milliseconds: number;
  readonly response: string;
  readonly state: 'waiting' | 'delivered' | 'failed' | 'expired';
  readonly due_at: Date | null;
}

export interface AttemptFilter {
  readonly webhookId: string;
  readonly eventId?: string | undefined;
  readonly failedOnly: boolean;
}

const deletedAtOnce = 5_000;

/** What receivers answered, for reading, and its deletion when its time is over. */
@Injectable()
export class AttemptHistory {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly settings: Settings,
    private readonly lifecycle: Lifecycle,
  ) {}

  list(
    { webhookId, eventId, failedOnly }: AttemptFilter,
    { order, after, before, since, until }: Span,
    limit: number,
  ): Promise<AttemptRow[]> {
    return this.database.query(
      `SELECT attempt.id, event.id AS event_id, event.type AS event_type, attempt.appid, number, at, status, error,
              milliseconds, response, state, due_at
         FROM webhook_attempt AS attempt
         JOIN webhook_delivery AS delivery USING (appid, seq, webhook_id)
         JOIN event USING (appid, seq)
        WHERE webhook_id = $1 AND ($2::bigint IS NULL OR attempt.id < $2) AND ($3::text IS NULL OR event.id = $3)
          AND (NOT $4 OR error IS NOT NULL) AND ($5::bigint IS NULL OR attempt.id > $5)
          AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
        ORDER BY attempt.id ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT $8`,
      [webhookId, before ?? null, eventId ?? null, failedOnly, after ?? null, since ?? null, until ?? null, limit],
    );
  }

  async latestOf(webhookId: string): Promise<Latest> {
    const sql = 'SELECT max(id) AS number, current_epoch() AS epoch FROM webhook_attempt WHERE webhook_id = $1';
    const [row] = await this.database.query<[Latest]>(sql, [webhookId]);
    return row;
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.sweep(
      `DELETE FROM webhook_attempt WHERE (appid, seq, webhook_id, number) IN (
         SELECT appid, seq, webhook_id, number FROM webhook_attempt
          WHERE at < now() - make_interval(days => $2) ORDER BY at LIMIT $1) RETURNING 1`,
      [this.settings.webhookAttemptsKeptDays],
    );
    // What a deleted webhook has left waiting. The rest goes with the events.
    await this.sweep(
      `DELETE FROM webhook_delivery WHERE (appid, seq, webhook_id) IN (
         SELECT appid, seq, webhook_id FROM webhook_delivery
          WHERE due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM webhook WHERE id = webhook_id) LIMIT $1) RETURNING 1`,
      [],
    );
    // What nobody adopted in time.
    await this.sweep(
      `UPDATE webhook_delivery SET state = 'expired', due_at = NULL WHERE (appid, seq, webhook_id) IN (
         SELECT appid, seq, webhook_id FROM webhook_delivery JOIN webhook ON webhook.id = webhook_id
          WHERE due_at IS NOT NULL AND disabled_because = 'key_ended' AND key_ended_at < now() - make_interval(days => $2)
          LIMIT $1) RETURNING 1`,
      [heldDays],
    );
  }

  private async sweep(sql: string, values: unknown[]): Promise<void> {
    for (let deleted = deletedAtOnce; deleted === deletedAtOnce && this.lifecycle.isServing;) {
      const [rows] = await this.database.query<[unknown[], number]>(sql, [deletedAtOnce, ...values]);
      deleted = rows.length;
    }
  }
}
