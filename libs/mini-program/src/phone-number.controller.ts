import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope } from '#access';
import { AppidParam, FailsWith, Opaque, Operation, Text, exampleMiniProgram } from '#api';
import { CodeInvalid, CodeUsed } from '#wechat';
import { callFailures } from './mini-program-errors.js';
import { MiniPrograms } from './mini-programs.js';

class PhoneCodeRequest {
  @Opaque('What the phone button gave the front end, not the code of wx.login; good once, for five minutes', {
    example: 'e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144',
  })
  code!: string;
}

class PhoneNumberAnswer {
  @Text('With the country code where it is not a Chinese number', { example: '13900000000' }) phone_number!: string;
  @Text({ example: '13900000000' }) pure_phone_number!: string;
  @Text({ example: '86' }) country_code!: string;
}

@ApiTags('mini programs')
@NeedsScope('mini_program')
@Controller('v1/apps/:appid/mini-program/phone-number')
export class PhoneNumberController {
  constructor(private readonly programs: MiniPrograms) {}

  @Post()
  @HttpCode(200)
  @Idempotent()
  @Operation(
    "Exchange a code for a person's phone number",
    'WeChat charges for each call. With an `Idempotency-Key`, a repeat gets the same number again and costs nothing. Without it, the code is refused as used.',
  )
  @ApiOkResponse({ type: PhoneNumberAnswer })
  @FailsWith(...callFailures, CodeUsed, CodeInvalid)
  async getPhoneNumber(
    @AppidParam(exampleMiniProgram) appid: string,
    @Body() { code }: PhoneCodeRequest,
  ): Promise<PhoneNumberAnswer> {
    const { phoneNumber, purePhoneNumber, countryCode } = await this.programs.phoneNumber(appid, code);
    return { phone_number: phoneNumber, pure_phone_number: purePhoneNumber, country_code: countryCode };
  }
}
