import { ApiProperty } from '@nestjs/swagger';
import { exampleAppid } from '#api';
import { type Difference, type DifferenceKind, type Platform, type TicketAlarm, differenceKinds } from './platform.entity.js';
import { lifeSeconds } from './ticket-watch.js';

class TicketAnswer {
  @ApiProperty({
    description: '`warning` after 30 minutes without one, `alarm` after two hours, `expired` after twelve; `missing`: none yet',
    enum: ['ok', 'warning', 'alarm', 'expired', 'missing'],
    example: 'ok',
  })
  status!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' })
  received_at!: string | null;

  @ApiProperty({ description: 'Seconds for which WeChat takes it', type: 'integer', example: 43_000 })
  expires_in!: number;

  @ApiProperty({
    description: 'WeChat was last asked to send tickets',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  push_asked_at!: string | null;

  @ApiProperty({ description: 'What it said to that', type: String, nullable: true, example: null })
  push_answer!: string | null;
}

class DifferenceAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({
    description:
      '`unknown_here`: WeChat lists it, nobody here knows it. `not_authorized_here`: it was revoked, and authorised again later. `other_refresh_token`. `missing_at_wechat`: it stands here, and WeChat does not list it',
    enum: differenceKinds,
    example: 'unknown_here',
  })
  difference!: DifferenceKind;

  @ApiProperty({ description: "Put right with what WeChat's list says", example: false })
  healed!: boolean;
}

export class ComparisonAnswer {
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T03:00:00.000Z' })
  compared_at!: string | null;

  @ApiProperty({ description: 'How many authorizers WeChat lists', type: 'integer', nullable: true, example: 12 })
  listed!: number | null;

  @ApiProperty({ description: 'The first thousand', type: [DifferenceAnswer] })
  differences!: DifferenceAnswer[];
}

export class PlatformAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ example: 'Our platform' })
  name!: string;

  @ApiProperty({
    description: 'To be entered at WeChat as the address of authorisation events (授权事件接收URL)',
    example: `https://wx.example.com/callbacks/${exampleAppid}`,
  })
  events_url!: string;

  @ApiProperty({
    description: 'To be entered as the address of messages and events (消息与事件接收URL)',
    example: `https://wx.example.com/callbacks/${exampleAppid}/$APPID$`,
  })
  messages_url!: string;

  @ApiProperty({ type: TicketAnswer })
  ticket!: TicketAnswer;

  @ApiProperty({
    description: 'Authorizers by status',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { authorized: 12, revoked: 1 },
  })
  authorizers!: Record<string, number>;

  @ApiProperty({
    description: 'Authorisations of the last week whose answers were lost and not found again',
    type: 'integer',
    example: 0,
  })
  lost_answers!: number;

  @ApiProperty({ type: ComparisonAnswer })
  comparison!: ComparisonAnswer;
}

export const ticketAnswer = (row: Platform | null, now: Date): TicketAnswer => {
  const ageSeconds = row?.keptAt ? (now.getTime() - row.keptAt.getTime()) / 1_000 : null;
  return {
    status: ticketStatus(row?.alarm ?? 'none', ageSeconds),
    received_at: row?.keptAt?.toISOString() ?? null,
    expires_in: ageSeconds === null ? 0 : Math.max(0, Math.floor(lifeSeconds - ageSeconds)),
    push_asked_at: row?.pushAskedAt?.toISOString() ?? null,
    push_answer: row?.pushAnswer ?? null,
  };
};

const ticketStatus = (alarm: TicketAlarm, ageSeconds: number | null): string =>
  ageSeconds === null ? 'missing' : alarm === 'none' ? 'ok' : alarm;

export const comparisonAnswer = (row: Platform | null): ComparisonAnswer => ({
  compared_at: row?.comparedAt?.toISOString() ?? null,
  listed: row?.listed ?? null,
  differences: (row?.differences ?? []).map(({ appid, kind, healed }: Difference) => ({ appid, difference: kind, healed })),
});
