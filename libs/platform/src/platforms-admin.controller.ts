import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, AuditLog, By } from '#access';
import { Apps } from '#app';
import { AppidParam, FailsWith, Flag, Operation } from '#api';
import { Clock } from '#runtime';
import { Settings } from '#settings';
import { DataSource } from 'typeorm';
import { AuthorizationCodes } from './authorization-codes.js';
import { mustBePlatform } from './authorization-links.js';
import { Comparisons } from './comparisons.js';
import { platformCallFailures, platformFailures } from './platform-errors.js';
import { PlatformRecords } from './platform-records.js';
import { ComparisonAnswer, PlatformAnswer, comparisonAnswer, ticketAnswer } from './platform-shapes.js';
import { TicketWatch } from './ticket-watch.js';

class ComparisonRequest {
  @Flag(
    'Take over the authorizers that WeChat lists and nobody here knows, with their refresh tokens: those of a platform that moves here',
    { optional: 'or null', default: false, example: false },
  )
  adopt?: boolean;
}

@ApiTags('admin: platforms')
@AdminOnly()
@Controller('admin/v1/platforms/:appid')
export class PlatformsAdminController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly apps: Apps,
    private readonly records: PlatformRecords,
    private readonly codes: AuthorizationCodes,
    private readonly comparisons: Comparisons,
    private readonly watch: TicketWatch,
    private readonly audit: AuditLog,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Operation('Show a platform: what to enter at WeChat, its ticket, its authorizers, and differences from WeChat’s list')
  @ApiOkResponse({ type: PlatformAnswer })
  @FailsWith(...platformFailures)
  async getPlatform(@AppidParam() appid: string): Promise<PlatformAnswer> {
    const { name } = mustBePlatform(await this.apps.get(appid));
    const row = await this.records.platform(appid);
    const address = `${this.settings.publicUrl}/callbacks/${appid}`;
    return {
      appid,
      name,
      events_url: address,
      messages_url: `${address}/$APPID$`,
      ticket: ticketAnswer(row, this.clock.now()),
      authorizers: await this.records.countsOf(appid),
      lost_answers: await this.codes.lost(appid),
      comparison: comparisonAnswer(row),
    };
  }

  @Post('comparison')
  @HttpCode(200)
  @Operation(
    'Compare WeChat’s list of the authorizers with ours now',
    'The gateway does the same every night. An authorisation that WeChat lists with a later time than ours was missed, and is taken over.',
  )
  @ApiOkResponse({ type: ComparisonAnswer })
  @FailsWith(...platformCallFailures)
  async comparePlatform(
    @AppidParam() appid: string,
    @Body() { adopt }: ComparisonRequest,
    @By() by: Actor,
  ): Promise<ComparisonAnswer> {
    mustBePlatform(await this.apps.getEnabled(appid));
    await this.note(by, 'platform.compare', appid, { adopt: adopt ?? false });
    await this.comparisons.compare(appid, adopt ? { adoptSince: new Date(0) } : {});
    return comparisonAnswer(await this.records.platform(appid));
  }

  @Post('ticket-push')
  @HttpCode(200)
  @Operation(
    'Ask WeChat to send tickets',
    'The gateway does this by itself if no ticket arrived for half an hour. WeChat’s answer is in `ticket.push_answer`.',
  )
  @ApiOkResponse({ type: PlatformAnswer })
  @FailsWith(...platformFailures)
  async startTicketPush(@AppidParam() appid: string, @By() by: Actor): Promise<PlatformAnswer> {
    mustBePlatform(await this.apps.getEnabled(appid));
    await this.note(by, 'platform.ticket_push', appid, {});
    await this.watch.startPush(appid);
    return this.getPlatform(appid);
  }

  private async note(by: Actor, action: string, appid: string, details: Record<string, unknown>): Promise<void> {
    await this.database.transaction((transaction) =>
      this.audit.record(transaction, by, { action, appid, subject: appid, details }),
    );
  }
}
