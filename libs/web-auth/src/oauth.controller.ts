import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InLanguage } from '#user';
import { CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { AppidParam, FailsWith, OpenidParam, Operation } from '#api';
import { ConsentEnded } from '#wechat';
import {
  AuthorizationStanding,
  CodeExchangeRequest,
  ExchangeAnswer,
  WebUserAnswer,
  exchangeAnswer,
  webUserAnswer,
} from './oauth-shapes.js';
import {
  AuthorizationNotFound,
  AuthorizationOver,
  CodeMissing,
  ProfileNotAuthorized,
  RenewalUnderWay,
  exchangeFailures,
  personFailures,
} from './web-auth-errors.js';
import { WebAuthorizations } from './web-authorizations.js';

@ApiTags('web authorisation')
@Controller('v1/apps/:appid/oauth')
export class OauthController {
  constructor(private readonly authorizations: WebAuthorizations) {}

  @Post('exchange')
  @HttpCode(200)
  @NeedsScope('oauth')
  @Idempotent()
  @Operation(
    'Who a code stands for',
    "Of WeChat, or of the login window (`wxgc_…`: within 60 seconds, by the key that asked for its `popup-url`, otherwise 403; five refusals end it). A code works once. The person's tokens stay in the gateway; ask `…/oauth/users/{openid}` for the profile later. Repeated under the same `Idempotency-Key` it answers the same, otherwise 409 `code_used`. Refuse `is_snapshot_user`: everything told of such a person is made up.",
  )
  @ApiOkResponse({ type: ExchangeAnswer })
  @FailsWith(...exchangeFailures)
  async exchangeCode(
    @AppidParam() appid: string,
    @Body() { code, lang }: CodeExchangeRequest,
    @CallingKey() key: LivingKey,
  ): Promise<ExchangeAnswer> {
    if (!code) throw new CodeMissing();
    return exchangeAnswer(await this.authorizations.login(appid, code, lang, key.id));
  }

  @Get('users/:openid')
  @NeedsScope('oauth')
  @Operation(
    'The profile of a person who authorised the app',
    'As WeChat shows it now, through the tokens that the gateway keeps and renews. 409 `authorization_expired` when they must consent again: thirty days after the last time, or when they changed their password.',
  )
  @ApiOkResponse({ type: WebUserAnswer })
  @FailsWith(...personFailures, AuthorizationNotFound, ConsentEnded, ProfileNotAuthorized, RenewalUnderWay)
  async getAuthorizedUser(
    @AppidParam() appid: string,
    @OpenidParam() openid: string,
    @Query() { lang }: InLanguage,
  ): Promise<WebUserAnswer> {
    return webUserAnswer(await this.authorizations.profile(appid, openid, lang));
  }

  @Get('users/:openid/authorization')
  @NeedsScope('oauth')
  @Operation(
    'Whether the authorisation of a person still holds',
    'Asks WeChat. False also for somebody who never authorised the app here.',
  )
  @ApiOkResponse({ type: AuthorizationStanding })
  @FailsWith(...personFailures, RenewalUnderWay)
  async getAuthorization(@AppidParam() appid: string, @OpenidParam() openid: string): Promise<AuthorizationStanding> {
    try {
      await this.authorizations.prove(appid, openid);
      return { valid: true };
    } catch (error) {
      if ([ConsentEnded, AuthorizationOver, AuthorizationNotFound].some((kind) => error instanceof kind)) return { valid: false };
      throw error;
    }
  }
}
