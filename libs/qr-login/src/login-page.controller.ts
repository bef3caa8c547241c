import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiQuery, ApiSeeOtherResponse, ApiTags } from '@nestjs/swagger';
import { OpenToAll, addressOf } from '#access';
import { AppDisabled } from '#app';
import { AppidParam, FailsWith, FailsWithPage, Operation, Whole, htmlContent, ownPagePolicy, pageLanguage } from '#api';
import { drawSvg } from '#qr-code';
import { Clock } from '#runtime';
import { tokenFailures } from '#token';
import { type Attempt, AttemptCookies, Attempts, type BrowserReply, type BrowserRequest, isPrefetch, isPreview } from '#web-auth';
import { loginStyle } from './login-layout.js';
import { blockedPage, glimpsePage, loginPage, overPage } from './login-page.js';
import { LoginPages, codeSeconds, ownedSeconds, pathOf, returnUrl } from './login-pages.js';
import { LoginWatch } from './login-watch.js';
import { LoginPageBusy, LoginPageNotFound, PollTokenInvalid, PrefetchRefused, TooManyLogins } from './qr-login-errors.js';
import { LoginStateAnswer } from './qr-login-shapes.js';
import type { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

const waitMilliseconds = 25_000;
const frames = ['iframe', 'frame', 'embed', 'object'];
class PageStateAnswer extends LoginStateAnswer {
  @Whole('How many more codes the page may show in place of one that has expired', { example: 0 }) renewals_left!: number;
}

const ApiPageId = (): MethodDecorator =>
  ApiParam({ name: 'id', description: 'As `login-pages` made it', schema: { type: 'string', pattern: '^[0-9A-Za-z]{22}$' } });

/** The login page, as browsers meet it. */
@ApiTags('QR login')
@OpenToAll()
@Controller('login/pages/:appid/:id')
export class LoginPageController {
  constructor(
    private readonly pages: LoginPages,
    private readonly attempts: Attempts,
    private readonly cookies: AttemptCookies,
    private readonly logins: QrLogins,
    private readonly watch: LoginWatch,
    private readonly clock: Clock,
  ) {}

  @Get()
  @FailsWithPage(loginStyle)
  @ApiPageId()
  @ApiQuery({ name: 'again', required: false, description: 'In a frame: the browser was given a cookie before' })
  @Operation(
    'The login page, for the first browser that opens it',
    'That browser owns it by a cookie of its own, and may load it again; each other one is shown the way back to the website. HEAD, prefetches and previews of links do not open it. WeChat is asked for a code when it is opened, and for another when one has expired and the page is loaded again, five times at most.',
  )
  @ApiOkResponse(htmlContent)
  @ApiSeeOtherResponse({ description: 'In a frame: to itself, to see whether the browser keeps the cookie' })
  @FailsWith(...tokenFailures, AppDisabled, TooManyLogins, LoginPageNotFound, LoginPageBusy, PrefetchRefused)
  async showLoginPage(
    @AppidParam() appid: string,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: BrowserRequest,
    @Res() reply: BrowserReply,
  ): Promise<void> {
    const attempt = await this.attempts.find('login_page', { appid, id });
    if (!attempt) throw new LoginPageNotFound();
    const frames = attempt.origin === null ? "'none'" : attempt.origin;
    reply.header('content-security-policy', ownPagePolicy.replace("frame-ancestors 'none'", `frame-ancestors ${frames}`));
    // A browser would show what it fetched ahead, were it told that it is good.
    if (isPrefetch(request)) throw new PrefetchRefused();
    if (isPreview(request)) return send(reply, glimpsePage(languageFor(request)));
    if (!(await this.pages.isAllowed(attempt))) return send(reply, overPage(languageFor(request), undefined));
    if (this.mustProveCookies(attempt, request)) return this.tryCookies(attempt, query.again !== undefined, { request, reply });

    const how = { shown: this.cookies.of(attempt, request), seconds: ownedSeconds };
    const cookie = await this.attempts.open('login_page', attempt, how);
    if (cookie === undefined) return send(reply, overPage(languageFor(request), returnUrl(attempt, { error: 'expired' })));
    this.giveCookie(attempt, cookie, { request, reply });
    const back = new URL(attempt.returnTo ?? '');
    const userAgent = request.headers['user-agent']?.replace(/[^\x20-\x7e]/g, '').slice(0, 300);
    const context = { application: back.host, ip: addressOf(request), ...(userAgent !== undefined && { user_agent: userAgent }) };
    const login = await this.pages.show(attempt, context);
    send(reply, loginPage(languageFor(request), this.facts(attempt, login, back.host)));
  }

  @Get('state')
  @ApiPageId()
  @ApiQuery({ name: 'known', required: false, description: 'The status that the page shows' })
  @Operation(
    'How far the login of the page has got',
    'For the script of the page, whose cookie is the proof. Answers when the status is another than `known`.',
  )
  @ApiOkResponse({ type: PageStateAnswer })
  @FailsWith(PollTokenInvalid)
  async watchLoginPage(
    @AppidParam() appid: string,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: BrowserRequest,
  ): Promise<PageStateAnswer> {
    const attempt = await this.attempts.find('login_page', { appid, id });
    const login = attempt && (await this.logins.ofPage(appid, id));
    if (!login || !this.attempts.isOwner(attempt, this.cookies.of(attempt, request))) throw new PollTokenInvalid();
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    const now = this.logins.statusOf(login);
    const seen =
      query.known === now && !this.watch.isFinished(now)
        ? await this.watch.change(login, now, waitMilliseconds, gone.signal)
        : login;
    const code = this.logins.codeOf(seen);
    return {
      id: seen.id,
      status: this.logins.statusOf(seen),
      expires_at: seen.expiresAt.toISOString(),
      renewals_left: this.pages.renewalsLeft(seen),
      ...(code !== undefined && { login_code: code }),
    };
  }

  /** Browsers drop cookies in frames of other sites at will. A page that was opened without one would be nobody's. */
  private mustProveCookies(attempt: Attempt, request: BrowserRequest): boolean {
    const isFramed = frames.includes(request.headers['sec-fetch-dest'] ?? '');
    return isFramed && attempt.cookieHash === null && !attempt.isOver && this.cookies.of(attempt, request) === undefined;
  }

  private tryCookies(attempt: Attempt, isTried: boolean, visit: { request: BrowserRequest; reply: BrowserReply }): void {
    if (isTried) return send(visit.reply, blockedPage(languageFor(visit.request), pathOf(attempt)));
    this.giveCookie(attempt, this.attempts.freshCookie(), visit);
    visit.reply
      .status(303)
      .header('location', `${pathOf(attempt)}?again=1`)
      .send();
  }

  private giveCookie(attempt: Attempt, value: string, visit: { request: BrowserRequest; reply: BrowserReply }): void {
    this.cookies.set(attempt, { value, seconds: ownedSeconds, isFramed: attempt.origin !== null }, visit);
  }

  private facts(attempt: Attempt, login: QrLogin, application: string) {
    return {
      id: login.id,
      svg: drawSvg(login.qrContent),
      digits: login.context.digits ?? '',
      secondsLeft: Math.max(0, Math.round((login.expiresAt.getTime() - this.clock.now().getTime()) / 1_000)),
      lifetimeSeconds: codeSeconds,
      application,
      stateUrl: `${pathOf(attempt)}/state`,
      returnTo: attempt.returnTo ?? '',
      state: attempt.state,
      frameOrigin: attempt.origin,
    };
  }
}

const languageFor = ({ headers }: BrowserRequest) => pageLanguage(headers['accept-language']);

const send = (reply: BrowserReply, page: string): void => void reply.type('text/html; charset=utf-8').send(page);
