import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CallingKey, type LivingKey, NeedsScope, FromAddress } from '#access';
import { Appid, AppidParam, FailsWith, OneOf, Operation, Text, Time, Whole } from '#api';
import { AccessTokens } from './access-tokens.js';
import type { LivingCredential } from './credentials.js';
import { TooManyRejections, tokenFailures } from './token-errors.js';
import { TokenReads } from './token-reads.js';

class RejectedTokenRequest {
  @Text('The token that WeChat refused', {
    pattern: /^[\x21-\x7e]{1,1024}$/,
    message: 'must be 1 to 1024 printable characters',
    example: '89_the-token-that-was-refused',
  })
  access_token!: string;
}

class AccessTokenAnswer {
  @Appid() appid!: string;
  @Text('Pass it to WeChat; never write it to a log', { example: '89_opaque-text-of-up-to-512-characters' })
  access_token!: string;
  @Whole('Seconds that are left', { example: 6_543 }) expires_in!: number;
  @Time({ example: '2026-01-31T14:00:00.000Z' }) expires_at!: string;
  @OneOf([true], 'It was reported dead, but WeChat takes it: look for another cause', { optional: true }) still_valid?: true;
}

@ApiTags('tokens')
@Controller('v1/apps/:appid/access-token')
export class AccessTokenController {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly reads: TokenReads,
  ) {}

  @Get()
  @NeedsScope('token:read')
  @Operation(
    'The access token of an app',
    'From memory, renewed ahead of its end: ask whenever you need it and keep no copy. Of an account that a platform speaks for, its authorizer_access_token. Where none is held, the call joins the fetch under way for up to 10 seconds.',
  )
  @ApiOkResponse({ type: AccessTokenAnswer })
  @FailsWith(...tokenFailures)
  async getAccessToken(
    @AppidParam() appid: string,
    @CallingKey() key: LivingKey,
    @FromAddress() address: string,
  ): Promise<AccessTokenAnswer> {
    const token = await this.tokens.handOut(appid);
    this.reads.note({ appid, keyId: key.id, address });
    return answer(appid, token);
  }

  @Post('rejections')
  @HttpCode(200)
  @NeedsScope('token:read')
  @Operation(
    'Report that WeChat refused a token',
    'For 40001, 40014 and 42001. An older token: the current one is returned and WeChat is not asked. The current one: renewed once, whoever and however many report it; `still_valid` where WeChat takes it after all. A key that reports a living token five times within ten minutes is answered 429 for the next ten, for this app; others are not. While tokens die again and again, the pause before the next fetch grows from 1 to 60 seconds: in it, 503 `token_pending` with `Retry-After`. Where WeChat calls the token dead and gives no other, 502 `app_needs_attention` with the cure.',
  )
  @ApiOkResponse({ type: AccessTokenAnswer })
  @FailsWith(...tokenFailures, TooManyRejections)
  async rejectAccessToken(
    @AppidParam() appid: string,
    @Body() rejected: RejectedTokenRequest,
    @CallingKey() key: LivingKey,
    @FromAddress() address: string,
  ): Promise<AccessTokenAnswer> {
    const token = await this.tokens.replaceForService(appid, rejected.access_token, key.id);
    this.reads.note({ appid, keyId: key.id, address });
    return answer(appid, token);
  }
}

const answer = (appid: string, token: LivingCredential): AccessTokenAnswer => ({
  appid,
  access_token: token.value,
  expires_in: token.secondsLeft,
  expires_at: token.expiresAt.toISOString(),
  ...(token.stillValid && { still_valid: true }),
});
