import { Controller, Get, Header, Logger, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { Accounts, AppNotFound } from '#account';
import { ApiAppid, AppidPipe, FailsWith, IsOpaque, ownPagePolicy, pageFile } from '#api';
import { GatewayError } from '#errors';
import { IsOptional, Matches } from 'class-validator';
import { AuthorizationLinks } from './authorization-links.js';
import { LinkNotFound } from './platform-errors.js';
import { type Landing, desktopPage, landingPage } from './platform-pages.js';

const linkPattern = /^[0-9A-Za-z]{1,64}$/;

class Return {
  @ApiPropertyOptional({
    description: 'Which link the person was sent with',
    pattern: linkPattern.source,
    example: 'kq3hX0aZ91kbbc27dfaQXw',
  })
  @IsOptional()
  @Matches(linkPattern, { message: 'must be letters and digits' })
  link?: string;

  @ApiPropertyOptional({ description: 'What WeChat adds where the person agreed', example: 'queryauthcode@@@…' })
  @IsOptional()
  @IsOpaque()
  auth_code?: string;

  @ApiPropertyOptional({ description: 'What WeChat adds too', example: '600' })
  @IsOptional()
  @Matches(/^\d{1,9}$/, { message: 'must be seconds' })
  expires_in?: string;
}

const file = (contentType: string, example: string) => ({
  content: { [contentType]: { schema: { type: 'string' as const }, example } },
});

/** What the administrators of accounts see of us. */
@ApiTags('third-party platform')
@OpenToAll()
@Controller('platforms')
export class PlatformPagesController {
  private readonly log = new Logger('PlatformPagesController');
  private readonly style = pageFile('libs/platform/pages/platform.css');

  constructor(
    private readonly links: AuthorizationLinks,
    private readonly accounts: Accounts,
  ) {}

  @Get('platform.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ operationId: 'getPlatformStyle', summary: 'How the pages look' })
  @ApiOkResponse(file('text/css', 'body { … }'))
  getStyle(): string {
    return this.style;
  }

  @Get(':appid/links/:link')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', ownPagePolicy)
  // WeChat lets only those in who come from the registered domain, and is told no more than that.
  @Header('referrer-policy', 'origin')
  @ApiAppid()
  @ApiParam({
    name: 'link',
    description: 'As `authorization-links` made it',
    schema: { type: 'string', example: 'kq3hX0aZ91kbbc27dfaQXw' },
  })
  @ApiOperation({ operationId: 'showAuthorizationLink', summary: 'From here a desktop browser goes to WeChat' })
  @ApiOkResponse(file('text/html', '<!doctype html>…'))
  @FailsWith(AppNotFound, LinkNotFound)
  async showLink(@Param('appid', AppidPipe) appid: string, @Param('link') link: string): Promise<string> {
    const { name } = await this.accounts.get(appid);
    if (!linkPattern.test(link)) throw new LinkNotFound();
    return desktopPage(name, await this.links.desktopTarget(appid, link));
  }

  @Get(':appid/authorized')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', ownPagePolicy)
  @ApiAppid()
  @ApiOperation({
    operationId: 'landAuthorized',
    summary: 'Where WeChat sends the administrator of an account back',
    description: 'The code is kept before it is exchanged. It also comes as an event, and is exchanged once.',
  })
  @ApiOkResponse(file('text/html', '<!doctype html>…'))
  @FailsWith(AppNotFound)
  async land(@Param('appid', AppidPipe) appid: string, @Query() query: Return): Promise<string> {
    await this.accounts.get(appid);
    return landingPage(await this.landing(appid, query));
  }

  private async landing(appid: string, { link, auth_code }: Return): Promise<Landing> {
    if (link === undefined || auth_code === undefined) return 'unknown';
    try {
      const state = await this.links.comeBack(appid, link, auth_code);
      return state === 'kept' ? 'done' : state;
    } catch (error) {
      if (error instanceof LinkNotFound) return 'unknown';
      if (error instanceof GatewayError) this.log.warn(`An authorisation for ${appid} waits: ${error.message}`);
      throw error;
    }
  }
}
