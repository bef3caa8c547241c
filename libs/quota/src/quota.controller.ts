import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { AppNotFound } from '#app';
import { AppidParam, FailsWith, Operation, InCallersLanguage } from '#api';
import { QuotaAnswer, quotaAnswer } from './quota-answer.js';
import { Quotas } from './quotas.js';

@ApiTags('quotas')
@NeedsScope('quota')
@Controller('v1/apps/:appid/quota')
export class QuotaController {
  constructor(private readonly quotas: Quotas) {}

  @Get()
  @InCallersLanguage()
  @Operation(
    'Who called which API of WeChat today, beside what WeChat counts',
    'Calls of other replicas are seen within ten seconds. WeChat is asked once for each API that is shown.',
  )
  @ApiOkResponse({ type: QuotaAnswer })
  @FailsWith(AppNotFound)
  async getQuota(@AppidParam() appid: string): Promise<QuotaAnswer> {
    return quotaAnswer(appid, await this.quotas.view(appid));
  }
}
