import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { Apps } from '#app';
import {
  ApiPage,
  AppidParam,
  AppidPipe,
  FailsWith,
  Operation,
  type Page,
  PageQuery,
  appidPattern,
  keyOfCursor,
  pageOf,
} from '#api';
import { AuthorizationLinks, mustBePlatform } from './authorization-links.js';
import { PlatformRecords } from './platform-records.js';
import { AuthorizerNotFound, platformCallFailures, platformFailures } from './platform-errors.js';
import { ApiAppidNamed, AuthorizerAnswer, authorizerAnswer } from './authorizer-shapes.js';
import { AuthorizationLinkAnswer, AuthorizationLinkRequest, authTypeOf } from './link-shapes.js';

@ApiTags('third-party platform')
@NeedsScope('platform')
@Controller('v1/platforms/:appid')
export class PlatformController {
  constructor(
    private readonly links: AuthorizationLinks,
    private readonly records: PlatformRecords,
    private readonly apps: Apps,
  ) {}

  @Post('authorization-links')
  @Idempotent()
  @Operation(
    'Create a link by which an account authorises the platform',
    'The administrator of the authorizer opens one of the two addresses and agrees. The first browser that opens `pc_url` owns the link: what others bring back takes nothing from it. The authorizer then appears as an app of the kind `authorizer`, and every other call works on it.',
  )
  @ApiCreatedResponse({ type: AuthorizationLinkAnswer })
  @FailsWith(...platformCallFailures)
  async createAuthorizationLink(
    @AppidParam() appid: string,
    @Body() order: AuthorizationLinkRequest,
    @CallingKey() key: LivingKey,
  ): Promise<AuthorizationLinkAnswer> {
    const wanted = {
      authType: authTypeOf(order.auth_type ?? 'both'),
      bizAppid: order.biz_appid ?? null,
      categoryIds: order.category_ids ?? [],
    };
    const { desktopUrl, phoneUrl, lifetimeSeconds } = await this.links.make(appid, wanted, key.id);
    return { pc_url: desktopUrl, mobile_url: phoneUrl, expires_in: lifetimeSeconds };
  }

  @Get('authorizers')
  @Operation('List the authorizers of the platform, former ones included')
  @ApiPage(AuthorizerAnswer)
  @FailsWith(...platformFailures)
  async listAuthorizers(@AppidParam() appid: string, @Query() query: PageQuery): Promise<Page<AuthorizerAnswer>> {
    mustBePlatform(await this.apps.get(appid));
    const rows = await this.records.authorizers(appid, keyOfCursor(query.cursor, appidPattern), query.limit + 1);
    return pageOf(rows, query.limit, authorizerAnswer, (row) => row.appid);
  }

  @Get('authorizers/:authorizer')
  @ApiAppidNamed('authorizer', 'The authorizer')
  @Operation('Show one authorizer')
  @ApiOkResponse({ type: AuthorizerAnswer })
  @FailsWith(...platformFailures, AuthorizerNotFound)
  async getAuthorizer(
    @AppidParam() appid: string,
    @Param('authorizer', AppidPipe) authorizer: string,
  ): Promise<AuthorizerAnswer> {
    mustBePlatform(await this.apps.get(appid));
    return authorizerAnswer(await this.records.authorizer(appid, authorizer));
  }
}
