import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { Apps, AppNotFound } from '#app';
import { Appid, AppidParam, FailsWith, OneOf, Operation, Parts, Time, Whole } from '#api';
import { type CallbackReport, CallbackReports } from './callback-reports.js';
import { type RefusalReason, refusalReasons } from './refusal-reasons.js';

class RefusedAnswer {
  @OneOf(
    Object.keys(refusalReasons),
    Object.entries(refusalReasons)
      .map(([reason, { means }]) => `\`${reason}\`: ${means.en}`)
      .join('; '),
    { example: 'wrong_signature' },
  )
  reason!: RefusalReason;
  @Time('When the hour began') hour!: string;
  @Whole({ example: 12 }) count!: number;
  @Time({ example: '2026-01-31T12:00:07.412Z' }) first_at!: string;
  @Time({ example: '2026-01-31T12:09:30.018Z' }) last_at!: string;
  @OneOf(
    ['app', 'stranger'],
    "Whether they count against the app. `app`: they came from WeChat, by WeChat's own list of addresses; or, where that cannot be known, at least three were refused over two minutes and none was accepted since. `stranger`: all others",
    { example: 'app' },
  )
  counts_as!: 'app' | 'stranger';
}

class CallbackReportAnswer {
  @Appid() appid!: string;
  @Time('The last push that was accepted; null: none that is known of', { nullable: true, example: '2026-01-31T11:58:21.900Z' })
  last_accepted_at!: string | null;
  @Time('When WeChat last told from which addresses it pushes; null: not yet', {
    nullable: true,
    example: '2026-01-31T03:00:00.000Z',
  })
  addresses_known_at!: string | null;
  @Parts(RefusedAnswer, 'Pushes refused in the last 24 hours, by reason and hour, the newest hour first')
  refused!: RefusedAnswer[];
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid/callback')
export class CallbackReportController {
  constructor(
    private readonly reports: CallbackReports,
    private readonly apps: Apps,
  ) {}

  @Get()
  @Operation(
    'What came to the callback of an app: the last push accepted, and those refused',
    'Of pushes that were refused nothing is kept but how many there were, when and why.',
  )
  @ApiOkResponse({ type: CallbackReportAnswer })
  @FailsWith(AppNotFound)
  async getCallbackReport(@AppidParam() appid: string): Promise<CallbackReportAnswer> {
    await this.apps.get(appid);
    return answer(appid, await this.reports.of(appid));
  }
}

const answer = (appid: string, { lastAcceptedAt, addressesKnownAt, refused }: CallbackReport): CallbackReportAnswer => ({
  appid,
  last_accepted_at: lastAcceptedAt?.toISOString() ?? null,
  addresses_known_at: addressesKnownAt?.toISOString() ?? null,
  refused: refused.map(({ reason, hour, count, firstAt, lastAt, countsAs }) => ({
    reason,
    hour: hour.toISOString(),
    count,
    first_at: firstAt.toISOString(),
    last_at: lastAt.toISOString(),
    counts_as: countsAs,
  })),
});
