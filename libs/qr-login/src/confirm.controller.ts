import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiFoundResponse, ApiOkResponse, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { FailsWith, FailsWithPage, Operation, RawBody, htmlContent, ownPagePolicy, pageLanguage } from '#api';
import { GatewayError } from '#errors';
import { Settings } from '#settings';
import { AuthorizeUrls, type BrowserReply, type BrowserRequest, WebAuthorizations, cookieOf, setCookie } from '#web-auth';
import { type Outcome, confirmPage, outcomePage } from './confirm-page.js';
import { loginStyle } from './login-layout.js';
import { LoginRates } from './login-rates.js';
import { LoginTokens } from './login-tokens.js';
import { LoginNotFound } from './qr-login-errors.js';
import type { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

/** One is enough, but somebody may go back and open the message again. */
const codesPerMinute = 5;
const ApiConfirmToken = (): MethodDecorator => ApiParam({ name: 'token', description: 'From the message in the chat' });

/** The page inside WeChat on which the person who scanned agrees or refuses. */
@ApiTags('QR login')
@OpenToAll()
@Controller('login/confirm/:token')
export class ConfirmController {
  constructor(
    private readonly logins: QrLogins,
    private readonly tokens: LoginTokens,
    private readonly authorizations: WebAuthorizations,
    private readonly urls: AuthorizeUrls,
    private readonly rates: LoginRates,
    private readonly settings: Settings,
  ) {}

  @Get()
  @FailsWithPage(loginStyle)
  @Header('content-security-policy', ownPagePolicy)
  @ApiConfirmToken()
  @ApiQuery({ name: 'code', required: false, description: 'Added by WeChat' })
  @ApiQuery({ name: 'state', required: false, description: 'Added by WeChat' })
  @Operation(
    'Open the confirm page from the message in the chat',
    'The browser is sent through WeChat (`snsapi_base`), which tells who opened the page: it must be the person who scanned. The host of `PUBLIC_URL` must be the 网页授权域名 of the account.',
  )
  @ApiFoundResponse({ description: 'To WeChat, and then to the decision' })
  @ApiOkResponse({ description: 'The login is over, or somebody else opened the message', ...htmlContent })
  @FailsWith(LoginNotFound)
  async proveScanner(
    @Param('token') token: string,
    @Query() query: Record<string, unknown>,
    @Req() request: BrowserRequest,
    @Res() reply: BrowserReply,
  ): Promise<void> {
    const login = await this.find(token);
    if (this.logins.statusOf(login) !== 'scanned') return this.show(request, reply, 'over');
    const here = `${this.settings.publicUrl}/login/confirm/${token}`;
    const { code } = query;
    if (typeof code !== 'string' || code === '') {
      const url = await this.urls.page({ appid: login.appid, redirectUri: here, scope: 'snsapi_base', state: login.id.slice(4) });
      return void reply.status(302).header('location', url).send();
    }
    const openid = await this.openidOf(login, code);
    // A page that is loaded again brings a used code, but the browser that was proven still holds the cookie.
    if (openid === undefined && this.isProven(login, request))
      return void reply.status(303).header('location', `${here}/decision`).send();
    if (openid !== login.openid) return this.show(request, reply, 'other');
    setCookie(reply, { ...this.cookieFor(login), value: this.proofOf(login), seconds: 600 }, this.settings.publicUrl);
    // Redirects away from the address that holds the code.
    return void reply.status(303).header('location', `${here}/decision`).send();
  }

  @Get('decision')
  @FailsWithPage(loginStyle)
  @Header('content-security-policy', ownPagePolicy)
  // With no-referrer, browsers would send the form without its origin.
  @Header('referrer-policy', 'same-origin')
  @ApiConfirmToken()
  @Operation('Show what the person logs in to, and the choice')
  @ApiOkResponse(htmlContent)
  @FailsWith(LoginNotFound)
  async showDecision(@Param('token') token: string, @Req() request: BrowserRequest, @Res() reply: BrowserReply): Promise<void> {
    const login = await this.find(token);
    if (!this.isProven(login, request)) return this.show(request, reply, 'other');
    if (this.logins.statusOf(login) !== 'scanned') return this.show(request, reply, 'over');
    reply
      .type('text/html; charset=utf-8')
      .send(confirmPage(pageLanguage(request.headers['accept-language']), login, `/login/confirm/${token}/decision`));
  }

  @Post('decision')
  @RawBody()
  @FailsWithPage(loginStyle)
  @HttpCode(200)
  @Header('content-security-policy', ownPagePolicy)
  @ApiConfirmToken()
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ schema: { type: 'string', example: 'decision=agree' } })
  @Operation('Take the decision of the person')
  @ApiOkResponse(htmlContent)
  @FailsWith(LoginNotFound)
  async decide(
    @Param('token') token: string,
    @Body() body: Buffer | undefined,
    @Req() request: BrowserRequest,
    @Res() reply: BrowserReply,
  ): Promise<void> {
    const login = await this.find(token);
    const { origin } = request.headers;
    const isForeign = origin !== undefined && origin !== new URL(this.settings.publicUrl).origin;
    if (isForeign || !this.isProven(login, request)) return this.show(request, reply, 'other');
    // Anything but a clear yes is a no.
    const agrees = new URLSearchParams(body?.toString('utf8') ?? '').get('decision') === 'agree';
    const isDone = await this.logins.decide(login.id, login.openid ?? '', agrees);
    this.show(request, reply, isDone ? (agrees ? 'agreed' : 'denied') : 'over');
  }

  private async find(token: string): Promise<QrLogin> {
    const id = this.tokens.read('confirm', token);
    if (id === undefined) throw new LoginNotFound();
    return this.logins.get(id);
  }

  private async openidOf({ id, appid }: QrLogin, code: string): Promise<string | undefined> {
    // Otherwise a person who has scanned could make us ask WeChat about invented codes without end.
    if (!(await this.rates.mayTry(`codes for ${id}`, codesPerMinute))) return undefined;
    try {
      return (await this.authorizations.exchange(appid, code, 'zh_CN')).openid;
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      throw error;
    }
  }

  /** Proof that WeChat named this person to this browser. */
  private proofOf({ id, openid }: QrLogin): string {
    return this.tokens.make('decision', id, openid ?? '').slice(id.length + 1);
  }

  private isProven(login: QrLogin, request: BrowserRequest): boolean {
    const proof = cookieOf(request, this.cookieFor(login), this.settings.publicUrl);
    return this.tokens.isFor('decision', login.id, `${login.id}.${proof ?? ''}`, login.openid ?? '');
  }

  /** The cookie belongs to this login alone: its path is that of the confirm page. */
  private cookieFor({ id }: QrLogin): { name: string; path: string } {
    return { name: 'login_confirm', path: `/login/confirm/${this.tokens.make('confirm', id)}` };
  }

  private show(request: BrowserRequest, reply: BrowserReply, outcome: Outcome): void {
    reply.type('text/html; charset=utf-8').send(outcomePage(pageLanguage(request.headers['accept-language']), outcome));
  }
}
