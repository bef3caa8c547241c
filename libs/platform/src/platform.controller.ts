import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope } from '#access';
import { Accounts } from '#account';
import { ApiAppid, ApiPage, AppidPipe, FailsWith, type Page, PageQuery, appidPattern, keyOfCursor, pageOf } from '#api';
import { AuthorizationLinks, mustBePlatform } from './authorization-links.js';
import { PlatformRecords } from './platform-records.js';
import { AuthorizerNotFound, platformCallFailures, platformFailures } from './platform-errors.js';
import { ApiAppidNamed, AuthorizerAnswer, authorizerAnswer } from './authorizer-shapes.js';
import { AuthorizationLinkAnswer, AuthorizationLinkOrder, authTypeOf } from './link-shapes.js';

@ApiTags('third-party platform')
@NeedsScope('platform')
@ApiAppid()
@Controller('v1/platforms/:appid')
export class PlatformController {
  constructor(
    private readonly links: AuthorizationLinks,
    private readonly records: PlatformRecords,
    private readonly accounts: Accounts,
  ) {}

  @Post('authorization-links')
  @Idempotent()
  @ApiOperation({
    operationId: 'createAuthorizationLink',
    summary: 'Where an account is asked whether the platform may speak for it',
    description:
      'The administrator of the account opens one of the two addresses and agrees. The account then appears as an app of the kind `authorizer`, and every other call works on it.',
  })
  @ApiCreatedResponse({ type: AuthorizationLinkAnswer })
  @FailsWith(...platformCallFailures)
  async link(@Param('appid', AppidPipe) appid: string, @Body() order: AuthorizationLinkOrder): Promise<AuthorizationLinkAnswer> {
    const { desktopUrl, phoneUrl, lifetimeSeconds } = await this.links.make(appid, {
      authType: authTypeOf(order.auth_type ?? 'both'),
      bizAppid: order.biz_appid ?? null,
      categoryIds: order.category_ids ?? [],
    });
    return { pc_url: desktopUrl, mobile_url: phoneUrl, expires_in: lifetimeSeconds };
  }

  @Get('authorizers')
  @ApiOperation({ operationId: 'listAuthorizers', summary: 'The accounts that authorised the platform, or did once' })
  @ApiPage(AuthorizerAnswer)
  @FailsWith(...platformFailures)
  async list(@Param('appid', AppidPipe) appid: string, @Query() query: PageQuery): Promise<Page<AuthorizerAnswer>> {
    mustBePlatform(await this.accounts.get(appid));
    const rows = await this.records.authorizers(appid, keyOfCursor(query.cursor, appidPattern), query.limit + 1);
    return pageOf(rows, query.limit, authorizerAnswer, (row) => row.appid);
  }

  @Get('authorizers/:authorizer')
  @ApiAppidNamed('authorizer', 'The account')
  @ApiOperation({ operationId: 'getAuthorizer', summary: 'One account, with what it allowed and what WeChat says of it' })
  @ApiOkResponse({ type: AuthorizerAnswer })
  @FailsWith(...platformFailures, AuthorizerNotFound)
  async get(
    @Param('appid', AppidPipe) appid: string,
    @Param('authorizer', AppidPipe) authorizer: string,
  ): Promise<AuthorizerAnswer> {
    mustBePlatform(await this.accounts.get(appid));
    return authorizerAnswer(await this.records.authorizer(appid, authorizer));
  }
}
