import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { AppNotFound } from '#app';
import { ApiAppid, AppidPipe, FailsWith, InCallersLanguage } from '#api';
import { QuotaAnswer, quotaAnswer } from './quota-answer.js';
import { Quotas } from './quotas.js';

@ApiTags('quotas')
@NeedsScope('quota')
@Controller('v1/apps/:appid/quota')
export class QuotaController {
  constructor(private readonly quotas: Quotas) {}

  @Get()
  @InCallersLanguage()
  @ApiAppid()
  @ApiOperation({
    operationId: 'getQuota',
    summary: 'Who called which API of WeChat today, beside what WeChat counts',
    description: 'Calls of other replicas are seen within ten seconds. WeChat is asked once for each API that is shown.',
  })
  @ApiOkResponse({ type: QuotaAnswer })
  @FailsWith(AppNotFound)
  async get(@Param('appid', AppidPipe) appid: string): Promise<QuotaAnswer> {
    return quotaAnswer(appid, await this.quotas.view(appid));
  }
}
