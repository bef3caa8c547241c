import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { HistoryQuery, IsTime, exampleAppid } from '#api';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import type { AttemptRow } from './attempt-history.js';
import { IfGiven, IsRelayAesKey, IsRelayToken } from './webhook-fields.js';

const eventIdPattern = /^evt_[0-9A-Za-z]{22}$/;
const exampleEventId = 'evt_4fGh7Kq2LmN8pR1sT6vX0z';

export class AttemptQuery extends HistoryQuery {
  @ApiPropertyOptional({ description: 'Of this event alone', pattern: eventIdPattern.source, example: exampleEventId })
  @IsOptional()
  @Matches(eventIdPattern, { message: 'must be the id of an event' })
  event_id?: string;

  @ApiPropertyOptional({ description: 'Only those that failed', type: 'boolean', default: false })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'must be true or false' })
  failed?: boolean;
}

export class AttemptAnswer {
  @ApiProperty({ example: '42' })
  id!: string;

  @ApiProperty({ example: exampleEventId })
  event_id!: string;

  @ApiProperty({ example: 'message.text' })
  event_type!: string;

  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ description: 'Counts the attempts at this event', type: 'integer', minimum: 1, example: 1 })
  number!: number;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  at!: string;

  @ApiProperty({ description: 'Null: no answer came', type: 'integer', nullable: true, example: 503 })
  status!: number | null;

  @ApiProperty({ description: 'Why it failed; null if it did not', type: String, nullable: true, example: 'answered 503' })
  error!: string | null;

  @ApiProperty({ description: 'How long the receiver took, in milliseconds', type: 'integer', minimum: 0, example: 12 })
  duration_ms!: number;

  @ApiProperty({ description: 'The beginning of what it answered, 16 KiB at most', example: 'try again later' })
  response!: string;

  @ApiProperty({
    description: 'What became of the delivery: failed after the last attempt, expired when it was too old for the receiver',
    enum: ['waiting', 'delivered', 'failed', 'expired'],
    example: 'waiting',
  })
  delivery!: AttemptRow['state'];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:05.210Z' })
  next_attempt_at!: string | null;
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
  @ApiPropertyOptional({
    description: 'Everything that fits and was received since then',
    format: 'date-time',
    example: '2026-01-31T12:00:00Z',
  })
  @IfGiven()
  @IsTime()
  since?: string;

  @ApiPropertyOptional({
    description: 'This event alone, whenever it was received',
    pattern: eventIdPattern.source,
    example: exampleEventId,
  })
  @IfGiven()
  @Matches(eventIdPattern, { message: 'must be the id of an event' })
  event_id?: string;

  @ApiPropertyOptional({ description: 'With `since`: leave out what was delivered', default: false })
  @IfGiven()
  @IsBoolean()
  undelivered_only?: boolean;
}

export class QueuedAnswer {
  @ApiProperty({ description: 'How many deliveries were begun anew', type: 'integer', minimum: 0, example: 1 })
  queued!: number;
}

export class RotationRequest {
  @ApiPropertyOptional({
    description: 'How long the former secret signs as well, in seconds',
    type: 'integer',
    minimum: 0,
    maximum: 2_592_000,
    default: 86_400,
  })
  @IfGiven()
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(0)
  @Max(2_592_000)
  overlap_seconds: number = 86_400;

  @IsRelayToken()
  token?: string;

  @IsRelayAesKey()
  encoding_aes_key?: string;
}

export class TrialAnswer {
  @ApiProperty({ description: 'Whether the receiver took it', example: true })
  delivered!: boolean;

  @ApiProperty({ description: 'Null: no answer came', type: 'integer', nullable: true, example: 204 })
  status!: number | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;

  @ApiProperty({ description: 'How long the receiver took, in milliseconds', type: 'integer', minimum: 0, example: 12 })
  duration_ms!: number;

  @ApiProperty({ description: 'The beginning of what it answered', example: '' })
  response!: string;
}
