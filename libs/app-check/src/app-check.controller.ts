import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { AppNotFound } from '#app';
import { ApiAppid, AppidPipe, type CheckName, FailsWith, InCallersLanguage, checkNames, exampleAppid } from '#api';
import type { Sentence } from '#errors';
import { WechatGarbled, WechatSilent, WechatUnreachable } from '#wechat';
import { AppCheck } from './app-check.js';

class CheckLineAnswer {
  @ApiProperty({ enum: checkNames, example: 'credentials' })
  check!: CheckName;

  @ApiProperty({ enum: ['ok', 'problem', 'unknown', 'not_applicable'], example: 'ok' })
  status!: 'ok' | 'problem' | 'unknown' | 'not_applicable';

  @ApiProperty({ type: String, example: 'WeChat accepts the appid and the secret' })
  detail!: Sentence;

  @ApiProperty({ description: 'What to do', type: String, nullable: true, example: null })
  hint!: Sentence | null;
}

class AppCheckAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ type: [CheckLineAnswer] })
  checks!: CheckLineAnswer[];
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class AppCheckController {
  constructor(private readonly appCheck: AppCheck) {}

  @Post('check')
  @InCallersLanguage()
  @HttpCode(200)
  @ApiAppid()
  @ApiOperation({
    operationId: 'checkApp',
    summary: 'Ask WeChat now whether the app is set up well',
    description: 'A line per check, each with what to do. If all is well, renewals that waited for an operator go on at once.',
  })
  @ApiOkResponse({ type: AppCheckAnswer })
  @FailsWith(AppNotFound, WechatSilent, WechatGarbled, WechatUnreachable)
  async check(@Param('appid', AppidPipe) appid: string): Promise<AppCheckAnswer> {
    return { appid, checks: await this.appCheck.run(appid) };
  }
}
