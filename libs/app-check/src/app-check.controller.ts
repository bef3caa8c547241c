import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { AppNotFound } from '#app';
import { Appid, AppidParam, type CheckName, FailsWith, OneOf, Operation, Parts, Text, checkNames, InCallersLanguage } from '#api';
import type { Sentence } from '#errors';
import { WechatGarbled, WechatSilent, WechatUnreachable } from '#wechat';
import { AppCheck } from './app-check.js';

class CheckLineAnswer {
  @OneOf(checkNames, { example: 'credentials' }) check!: CheckName;
  @OneOf(['ok', 'problem', 'unknown', 'not_applicable'], { example: 'ok' })
  status!: 'ok' | 'problem' | 'unknown' | 'not_applicable';
  @Text({ example: 'WeChat accepts the appid and the secret' }) detail!: Sentence;
  @Text('What to do', { nullable: true, example: null }) hint!: Sentence | null;
}

class AppCheckAnswer {
  @Appid() appid!: string;
  @Parts(CheckLineAnswer) checks!: CheckLineAnswer[];
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class AppCheckController {
  constructor(private readonly appCheck: AppCheck) {}

  @Post('check')
  @InCallersLanguage()
  @HttpCode(200)
  @Operation(
    'Check the setup of an app at WeChat now',
    'The answer has a line for each check and says what to do. If all is well, renewals that waited for an operator go on at once.',
  )
  @ApiOkResponse({ type: AppCheckAnswer })
  @FailsWith(AppNotFound, WechatSilent, WechatGarbled, WechatUnreachable)
  async checkApp(@AppidParam() appid: string): Promise<AppCheckAnswer> {
    return { appid, checks: await this.appCheck.run(appid) };
  }
}
