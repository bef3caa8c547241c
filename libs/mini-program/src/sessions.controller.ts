import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope } from '#access';
import {
  AppidParam,
  FailsWith,
  Json,
  Opaque,
  OpaquePipe,
  Openid,
  Operation,
  Text,
  Unionid,
  exampleMiniProgram,
  opaquePattern,
} from '#api';
import { DataNotOpened, DataOfAnotherApp, SessionNotFound, loginFailures } from './mini-program-errors.js';
import { MiniSessions } from './mini-sessions.js';

class LoginCodeRequest {
  @Opaque('What `wx.login` gave the front end; good once, for five minutes', { example: '0a3ZTw0w3bQrk13WqF1w3lXgVV2ZTw0i' })
  js_code!: string;
}

class SessionAnswer {
  @Text('Stands for the session_key, which stays in the gateway', { example: '3KqW0vYx8TzR5uNc1MbD7fGh' }) session_id!: string;
  @Openid() openid!: string;
  @Unionid({ nullable: true }) unionid!: string | null;
}

const base64Pattern = /^[A-Za-z0-9+/_-]{1,65536}={0,2}$/;
const base64Rule = 'must be base64, as the front end was given it';

class SealedUserDataRequest {
  @Text('`encryptedData` of the front end', {
    pattern: base64Pattern,
    message: base64Rule,
    example: 'CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS',
  })
  encrypted_data!: string;
  @Text({ pattern: /^[A-Za-z0-9+/_-]{22,24}={0,2}$/, message: base64Rule, example: 'r7BXXKkLb8qrSNn05n0qiA==' })
  iv!: string;
}

class OpenedData {
  @Json("What WeChat sealed, in WeChat's own fields, its `watermark` included", {
    example: {
      purePhoneNumber: '13900000000',
      countryCode: '86',
      watermark: { appid: 'wxdec0de0000000002', timestamp: 1769860800 },
    },
  })
  data!: object;
}

@ApiTags('mini programs')
@NeedsScope('mini_program')
@Controller('v1/apps/:appid/mini-program/sessions')
export class SessionsController {
  constructor(private readonly sessions: MiniSessions) {}

  @Post()
  @HttpCode(200)
  @Idempotent()
  @Operation(
    'Log a person in with the code of wx.login',
    'Keep the `session_id` with your own session: the session_key itself never leaves the gateway.',
  )
  @ApiOkResponse({ type: SessionAnswer })
  @FailsWith(...loginFailures)
  async beginMiniProgramSession(
    @AppidParam(exampleMiniProgram) appid: string,
    @Body() { js_code }: LoginCodeRequest,
  ): Promise<SessionAnswer> {
    const { id, openid, unionid } = await this.sessions.begin(appid, js_code);
    return { session_id: id, openid, unionid };
  }

  @Post(':session_id/decrypt')
  @HttpCode(200)
  @ApiParam({
    name: 'session_id',
    schema: { type: 'string', pattern: opaquePattern.source },
    example: '3KqW0vYx8TzR5uNc1MbD7fGh',
  })
  @Operation(
    'Decrypt data that WeChat encrypted for the front end',
    'Only data whose watermark names this mini program is handed out.',
  )
  @ApiOkResponse({ type: OpenedData })
  @FailsWith(SessionNotFound, DataNotOpened, DataOfAnotherApp)
  async openMiniProgramData(
    @AppidParam(exampleMiniProgram) appid: string,
    @Param('session_id', new OpaquePipe('session_id')) id: string,
    @Body() { encrypted_data: encryptedData, iv }: SealedUserDataRequest,
  ): Promise<OpenedData> {
    return { data: await this.sessions.decrypt(appid, id, { encryptedData, iv }) };
  }
}
