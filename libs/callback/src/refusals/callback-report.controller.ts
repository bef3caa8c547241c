import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { Apps, AppNotFound } from '#app';
import { ApiAppid, AppidPipe, FailsWith, exampleAppid } from '#api';
import { type CallbackReport, CallbackReports } from './callback-reports.js';
import { type RefusalReason, refusalReasons } from './refusal-reasons.js';

class RefusedAnswer {
  @ApiProperty({
    description: Object.entries(refusalReasons)
      .map(([reason, { means }]) => `\`${reason}\`: ${means.en}`)
      .join('; '),
    enum: Object.keys(refusalReasons),
    example: 'wrong_signature',
  })
  reason!: RefusalReason;

  @ApiProperty({ description: 'When the hour began', type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  hour!: string;

  @ApiProperty({ type: 'integer', example: 12 })
  count!: number;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:07.412Z' })
  first_at!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:09:30.018Z' })
  last_at!: string;

  @ApiProperty({
    description:
      "Whether they count against the app. `app`: they came from WeChat, by WeChat's own list of addresses; or, where that cannot be known, at least three were refused over two minutes and none was accepted since. `stranger`: all others",
    enum: ['app', 'stranger'],
    example: 'app',
  })
  counts_as!: 'app' | 'stranger';
}

class CallbackReportAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({
    description: 'The last push that was accepted; null: none that is known of',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T11:58:21.900Z',
  })
  last_accepted_at!: string | null;

  @ApiProperty({
    description: 'When WeChat last told from which addresses it pushes; null: not yet',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T03:00:00.000Z',
  })
  addresses_known_at!: string | null;

  @ApiProperty({
    description: 'Pushes refused in the last 24 hours, by reason and hour, the newest hour first',
    type: [RefusedAnswer],
  })
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
  @ApiAppid()
  @ApiOperation({
    operationId: 'getCallbackReport',
    summary: 'What came to the callback of an app: the last push accepted, and those refused',
    description: 'Of pushes that were refused nothing is kept but how many there were, when and why.',
  })
  @ApiOkResponse({ type: CallbackReportAnswer })
  @FailsWith(AppNotFound)
  async get(@Param('appid', AppidPipe) appid: string): Promise<CallbackReportAnswer> {
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
