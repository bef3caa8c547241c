import { Controller, Get, Header, Logger, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { Apps, AppNotFound } from '#app';
import { AppidParam, FailsWith, Operation, ServesFile, htmlContent, opaquePattern, ownPagePolicy, pageFile } from '#api';
import { GatewayError } from '#errors';
import type { BrowserReply, BrowserRequest } from '#web-auth';
import { AuthorizationLinks } from './authorization-links.js';
import { LinkNotFound } from './platform-errors.js';
import { type Landing, desktopPage, landingPage } from './platform-pages.js';

const linkPattern = /^[0-9A-Za-z]{1,64}$/;

/** What WeChat adds to the address may grow: only what is known is read, and nothing is refused. */
type Return = Readonly<Record<string, unknown>>;

const parameter = (name: string, description: string, example: string): MethodDecorator =>
  ApiQuery({ name, description, required: false, schema: { type: 'string' }, example });

/** What the administrators of authorizers see of us. */
@ApiTags('third-party platform')
@OpenToAll()
@Controller('platforms')
export class PlatformPagesController {
  private readonly log = new Logger('PlatformPagesController');
  private readonly style = pageFile('libs/platform/pages/platform.css');

  constructor(
    private readonly links: AuthorizationLinks,
    private readonly apps: Apps,
  ) {}

  @Get('platform.css')
  @ServesFile('text/css', 'body { … }')
  @Operation('Get the style sheet of the pages')
  getPlatformStyle(): string {
    return this.style;
  }

  @Get(':appid/links/:link')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', ownPagePolicy)
  // WeChat lets only those in who come from the registered domain, and is told no more than that.
  @Header('referrer-policy', 'origin')
  @ApiParam({
    name: 'link',
    description: 'As `authorization-links` made it',
    schema: { type: 'string', example: 'kq3hX0aZ91kbbc27dfaQXw' },
  })
  @Operation('Show the page from which a desktop browser goes to WeChat')
  @ApiOkResponse(htmlContent)
  @FailsWith(AppNotFound, LinkNotFound)
  async showAuthorizationLink(
    @AppidParam() appid: string,
    @Param('link') link: string,
    @Req() request: BrowserRequest,
    @Res({ passthrough: true }) reply: BrowserReply,
  ): Promise<string> {
    const { name } = await this.apps.get(appid);
    if (!linkPattern.test(link)) throw new LinkNotFound();
    return desktopPage(name, await this.links.desktopTarget(appid, link, { request, reply }));
  }

  @Get(':appid/authorized')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', ownPagePolicy)
  @Operation(
    'Receive the administrator of an authorizer back from WeChat',
    'The code is kept before it is exchanged. It also comes as an event, and is exchanged once.',
  )
  @parameter('link', 'Which link the person was sent with', 'kq3hX0aZ91kbbc27dfaQXw')
  @parameter('auth_code', 'What WeChat adds where the person agreed', 'queryauthcode@@@…')
  @parameter('expires_in', 'What WeChat adds too', '600')
  @ApiOkResponse(htmlContent)
  @FailsWith(AppNotFound)
  async landAuthorized(@AppidParam() appid: string, @Query() query: Return, @Req() request: BrowserRequest): Promise<string> {
    await this.apps.get(appid);
    return landingPage(await this.landing(appid, query, request));
  }

  private async landing(appid: string, { link, auth_code }: Return, request: BrowserRequest): Promise<Landing> {
    if (typeof link !== 'string' || !linkPattern.test(link)) return 'unknown';
    if (typeof auth_code !== 'string' || !opaquePattern.test(auth_code)) return 'unknown';
    try {
      const state = await this.links.comeBack(appid, link, auth_code, { request });
      return state === 'kept' ? 'done' : state;
    } catch (error) {
      if (error instanceof LinkNotFound) return 'unknown';
      if (error instanceof GatewayError) this.log.warn(`An authorisation for ${appid} waits: ${error.message}`);
      throw error;
    }
  }
}
