import { Appid, Flag, HistoryQuery, OneOf, type Said, Text, Time, Whole, saidOf } from '#api';
import type { AttemptRow } from './attempt-history.js';
import { RelayAesKey, RelayToken } from './webhook-fields.js';

const EventId = (...said: Said): PropertyDecorator =>
  Text({
    pattern: /^evt_[0-9A-Za-z]{22}$/,
    message: 'must be the id of an event',
    example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z',
    ...saidOf(said),
  });

export class AttemptQuery extends HistoryQuery {
  @EventId('Of this event alone', { optional: true }) event_id?: string;
  @Flag('Only those that failed', { optional: true, inQuery: true, default: false }) failed?: boolean;
}

export class AttemptAnswer {
  @Text({ example: '42' }) id!: string;
  @EventId() event_id!: string;
  @Text({ example: 'message.text' }) event_type!: string;
  @Appid() appid!: string;
  @Whole('Counts the attempts at this event', { min: 1, example: 1 }) number!: number;
  @Time() at!: string;
  @Whole('Null: no answer came', { nullable: true, example: 503 }) status!: number | null;
  @Text('Why it failed; null if it did not', { nullable: true, example: 'answered 503' }) error!: string | null;
  @Whole('How long the receiver took, in milliseconds', { min: 0, example: 12 }) duration_ms!: number;
  @Text('The beginning of what it answered, 16 KiB at most', { example: 'try again later' }) response!: string;
  @OneOf(
    ['waiting', 'delivered', 'failed', 'expired'],
    'What became of the delivery: failed after the last attempt, expired when it was too old for the receiver',
    { example: 'waiting' },
  )
  delivery!: AttemptRow['state'];
  @Time({ nullable: true, example: '2026-01-31T12:00:05.210Z' }) next_attempt_at!: string | null;
}

export const attemptAnswer = (row: AttemptRow): AttemptAnswer => ({
  id: row.id,
  event_id: row.event_id,
  event_type: row.event_type,
  appid: row.appid,
  number: row.number,
  at: row.at.toISOString(),
  status: row.status,
  error: row.error,
  duration_ms: row.milliseconds,
  response: row.response,
  delivery: row.state,
  next_attempt_at: row.due_at?.toISOString() ?? null,
});

export class ResendRequest {
  @Time('Everything that fits and was received since then', { optional: true, example: '2026-01-31T12:00:00Z' }) since?: string;
  @EventId('This event alone, whenever it was received', { optional: true }) event_id?: string;
  @Flag('With `since`: leave out what was delivered', { optional: true, default: false }) undelivered_only?: boolean;
}

export class QueuedAnswer {
  @Whole('How many deliveries were begun anew', { min: 0, example: 1 }) queued!: number;
}

export class RotationRequest {
  @Whole('How long the former secret signs as well, in seconds', { optional: true, min: 0, max: 2_592_000, default: 86_400 })
  overlap_seconds: number = 86_400;
  @RelayToken() token?: string;
  @RelayAesKey() encoding_aes_key?: string;
}

export class TrialAnswer {
  @Flag('Whether the receiver took it', { example: true }) delivered!: boolean;
  @Whole('Null: no answer came', { nullable: true, example: 204 }) status!: number | null;
  @Text({ nullable: true, example: null }) error!: string | null;
  @Whole('How long the receiver took, in milliseconds', { min: 0, example: 12 }) duration_ms!: number;
  @Text('The beginning of what it answered', { example: '' }) response!: string;
}
