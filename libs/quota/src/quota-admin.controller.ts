import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By } from '#access';
import { AppNotFound } from '#app';
import { Appid, AppidParam, FailsWith, Operation, Whole, InCallersLanguage } from '#api';
import { tokenFailures } from '#token';
import { QuotaAnswer, quotaAnswer } from './quota-answer.js';
import { NoQuotaToClear } from './quota-errors.js';
import { Quotas, clearingsAMonth } from './quotas.js';

class ClearedAnswer {
  @Appid() appid!: string;
  @Whole('Through the gateway, this time included', { example: 1 }) cleared_this_month!: number;
  @Whole({ example: clearingsAMonth }) clearings_a_month!: number;
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid/quota')
export class QuotaAdminController {
  constructor(private readonly quotas: Quotas) {}

  @Get()
  @InCallersLanguage()
  @Operation('Who called which API of WeChat today, beside what WeChat counts')
  @ApiOkResponse({ type: QuotaAnswer })
  @FailsWith(AppNotFound)
  async getAppQuota(@AppidParam() appid: string): Promise<QuotaAnswer> {
    return quotaAnswer(appid, await this.quotas.view(appid));
  }

  @Post('clear')
  @HttpCode(200)
  @Operation(
    "Let today's counts of all APIs begin anew at WeChat",
    'WeChat allows it ten times a month, those in its console included, which the gateway cannot count. It refuses the next with 48006 (502 `app_needs_attention`).',
  )
  @ApiOkResponse({ type: ClearedAnswer })
  @FailsWith(...tokenFailures, NoQuotaToClear)
  async clearAppQuota(@AppidParam() appid: string, @By() by: Actor): Promise<ClearedAnswer> {
    return { appid, cleared_this_month: await this.quotas.clear(appid, by), clearings_a_month: clearingsAMonth };
  }
}
