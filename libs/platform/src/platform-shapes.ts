import { Appid, Flag, Json, OneOf, Part, Parts, Text, Time, Whole, exampleAppid } from '#api';
import { type Difference, type DifferenceKind, type Platform, type TicketAlarm, differenceKinds } from './platform.entity.js';
import { lifeSeconds } from './ticket-watch.js';

class TicketAnswer {
  @OneOf(
    ['ok', 'warning', 'alarm', 'expired', 'missing'],
    '`warning` after 30 minutes without one, `alarm` after two hours, `expired` after twelve; `missing`: none yet',
    { example: 'ok' },
  )
  status!: string;
  @Time({ nullable: true }) received_at!: string | null;
  @Whole('Seconds for which WeChat takes it', { example: 43_000 }) expires_in!: number;
  @Time('WeChat was last asked to send tickets', { nullable: true, example: null }) push_asked_at!: string | null;
  @Text('What it said to that', { nullable: true, example: null }) push_answer!: string | null;
}

class DifferenceAnswer {
  @Appid() appid!: string;
  @OneOf(
    differenceKinds,
    '`unknown_here`: WeChat lists it, nobody here knows it. `not_authorized_here`: it was revoked, and authorised again later. `other_refresh_token`. `missing_at_wechat`: it stands here, and WeChat does not list it',
    { example: 'unknown_here' },
  )
  difference!: DifferenceKind;
  @Flag("Put right with what WeChat's list says", { example: false }) healed!: boolean;
}

export class ComparisonAnswer {
  @Time({ nullable: true, example: '2026-01-31T03:00:00.000Z' }) compared_at!: string | null;
  @Whole('How many authorizers WeChat lists', { nullable: true, example: 12 }) listed!: number | null;
  @Parts(DifferenceAnswer, 'The first thousand') differences!: DifferenceAnswer[];
}

export class PlatformAnswer {
  @Appid() appid!: string;
  @Text({ example: 'Our platform' }) name!: string;
  @Text('To be entered at WeChat as the address of authorisation events (授权事件接收URL)', {
    example: `https://wx.example.com/callbacks/${exampleAppid}`,
  })
  events_url!: string;
  @Text('To be entered as the address of messages and events (消息与事件接收URL)', {
    example: `https://wx.example.com/callbacks/${exampleAppid}/$APPID$`,
  })
  messages_url!: string;
  @Part(TicketAnswer) ticket!: TicketAnswer;
  @Json('Authorizers by status', { values: { type: 'integer' }, example: { authorized: 12, revoked: 1 } })
  authorizers!: Record<string, number>;
  @Whole('Authorisations of the last week whose answers were lost and not found again', { example: 0 }) lost_answers!: number;
  @Part(ComparisonAnswer) comparison!: ComparisonAnswer;
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
