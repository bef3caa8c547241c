import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ApiKeys, OpenToAll } from '#access';
import { AppDisabled } from '#account';
import { FailsWith, IsAppid, exampleAppid, ownPagePolicy, pageFile } from '#api';
import { failure } from '#errors';
import { drawSvg } from '#qr-code';
import { Clock } from '#runtime';
import { Settings } from '#settings';
import { tokenFailures } from '#token';
import { IsIn, IsOptional, Matches, ValidateBy } from 'class-validator';
import type { BrowserReply, BrowserRequest } from './browser.js';
import { cookieOf, setCookie } from './cookies.js';
import { loginPage } from './login-page.js';
import { LoginTokens } from './login-tokens.js';
import { LoginWatch } from './login-watch.js';
import { languageOf } from './page-layout.js';
import { LoginNotFound, PollTokenInvalid, TooManyLogins } from './qr-login-errors.js';
import { LoginStateAnswer, bindingPattern, exampleLoginId } from './qr-login-shapes.js';
import type { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

export class LoginPageRefused extends failure(
  'forbidden',
  'login_page_refused',
  'The login page is not for this key, app and return address',
) {
  constructor() {
    super('The key must be good, hold the app and the scope login, and name the origin of return_to among its origins');
  }
}

const lifetimeSeconds = 120;
const waitMilliseconds = 25_000;
const cookie = 'qr_login';
const isPage = (value: unknown): boolean =>
  typeof value === 'string' && /^https?:\/\/[\x21-\x7e]{1,1000}$/.test(value) && URL.canParse(value);

class WantedPage {
  @ApiProperty({ description: 'The id of the API key whose service will redeem the login', example: 'q3hX0aZ91k' })
  @Matches(/^[\x21-\x7e]{1,64}$/, { message: 'must be the id of a key' })
  key!: string;

  @ApiProperty({ example: exampleAppid })
  @IsAppid()
  appid!: string;

  @ApiProperty({
    description: "A hash of the browser's session with the service",
    pattern: bindingPattern.source,
    example: '9f86d081884c7d659a2feaa0c55ad015',
  })
  @Matches(bindingPattern, { message: 'must be 1 to 200 printable ASCII characters' })
  binding!: string;

  @ApiProperty({
    description: 'Where the browser goes with `login_code` and `state`; of an origin of the key',
    example: 'https://shop.example.com/wechat/back',
  })
  @ValidateBy({ name: 'isPage', validator: { validate: isPage } }, { message: 'must be the http or https address of a page' })
  return_to!: string;

  @ApiPropertyOptional({ pattern: '^[a-zA-Z0-9]{0,128}$', default: '', example: 'f3a9c1' })
  @IsOptional()
  @Matches(/^[a-zA-Z0-9]{0,128}$/, { message: 'must be at most 128 letters and digits' })
  state: string = '';

  @ApiPropertyOptional({
    description: '`true`: in a frame of a page of that origin, which is told by postMessage',
    enum: ['true', 'false'],
    default: 'false',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  embed: 'true' | 'false' = 'false';
}

const file = (contentType: string, example: string) => ({
  content: { [contentType]: { schema: { type: 'string' as const }, example } },
});

/** A login page ready to use. */
@ApiTags('QR login')
@OpenToAll()
@Controller()
export class LoginPageController {
  private readonly script = pageFile('libs/qr-login/pages/login.js');
  private readonly style = pageFile('libs/qr-login/pages/login.css');
  private readonly widget = pageFile('libs/qr-login/pages/wechat-qr-login.js');

  constructor(
    private readonly logins: QrLogins,
    private readonly tokens: LoginTokens,
    private readonly watch: LoginWatch,
    private readonly keys: ApiKeys,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  @Get('login/qr')
  @ApiOperation({
    operationId: 'showLoginPage',
    summary: 'A login page ready to use',
    description:
      'Send the browser there. It comes back to `return_to` with `login_code` and `state`; your server compares the state and redeems the code with its key and the same `binding`.',
  })
  @ApiOkResponse(file('text/html', '<!doctype html>…'))
  @FailsWith(...tokenFailures, AppDisabled, TooManyLogins, LoginPageRefused)
  async show(@Query() wanted: WantedPage, @Req() request: BrowserRequest, @Res() reply: BrowserReply): Promise<void> {
    const back = new URL(wanted.return_to);
    await this.admit(wanted, back.origin);
    const userAgent = request.headers['user-agent']?.replace(/[^\x20-\x7e]/g, '').slice(0, 300);
    const login = await this.logins.begin(wanted.appid, {
      keyId: wanted.key,
      binding: wanted.binding,
      ttlSeconds: lifetimeSeconds,
      confirm: 'page',
      // The host, which cannot lie: a name from the address would be whatever an attacker wants to be called.
      context: { application: back.host, ip: request.ip, ...(userAgent !== undefined && { user_agent: userAgent }) },
    });
    const isFramed = wanted.embed === 'true';
    const transport = { isTls: this.settings.publicUrl.startsWith('https:'), isFramed };
    setCookie(
      reply,
      { name: cookie, value: this.tokens.make('poll', login.id), path: `/login/attempts/${login.id}`, seconds: 600 },
      transport,
    );
    reply
      .header(
        'content-security-policy',
        isFramed ? ownPagePolicy.replace("frame-ancestors 'none'", `frame-ancestors ${back.origin}`) : ownPagePolicy,
      )
      .type('text/html; charset=utf-8')
      .send(loginPage(languageOf(request.headers['accept-language']), this.facts(wanted, login, back.host)));
  }

  @Get('login/attempts/:id')
  @ApiParam({ name: 'id', schema: { type: 'string', pattern: '^qrl_[0-9A-Za-z]{22}$', example: exampleLoginId } })
  @ApiOperation({
    operationId: 'watchLoginPage',
    summary: 'How far the login of the page has got',
    description: 'For the script of the page, whose cookie is the proof. Answers when the status is another than `known`.',
  })
  @ApiOkResponse({ type: LoginStateAnswer })
  @FailsWith(PollTokenInvalid, LoginNotFound)
  async state(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: BrowserRequest,
  ): Promise<LoginStateAnswer> {
    if (!this.tokens.isFor('poll', id, cookieOf(request, cookie))) throw new PollTokenInvalid();
    const login = await this.logins.get(id);
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    const now = this.logins.statusOf(login);
    const seen =
      query.known === now && !this.watch.isFinished(now)
        ? await this.watch.change(login, now, waitMilliseconds, gone.signal)
        : login;
    const code = this.logins.codeOf(seen);
    return {
      id,
      status: this.logins.statusOf(seen),
      expires_at: seen.expiresAt.toISOString(),
      ...(code !== undefined && { login_code: code }),
    };
  }

  @Get('login/login.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ operationId: 'getLoginPageScript', summary: 'The script of the login page' })
  @ApiOkResponse(file('text/javascript', '…'))
  getScript(): string {
    return this.script;
  }

  @Get('login/login.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ operationId: 'getLoginPageStyle', summary: 'How the login pages look' })
  @ApiOkResponse(file('text/css', '…'))
  getStyle(): string {
    return this.style;
  }

  @Get('widgets/wechat-qr-login.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'getQrLoginScript',
    summary: 'Puts the login page into a page of yours',
    description: '`WechatQrLogin.mount(element, address)` frames a login page and resolves to `{login_code, state}`.',
  })
  @ApiOkResponse(file('text/javascript', 'window.WechatQrLogin = { … }'))
  getWidget(): string {
    return this.widget;
  }

  private async admit({ key, appid }: WantedPage, origin: string): Promise<void> {
    const terms = await this.keys.living(key);
    const holdsApp = terms?.appids.includes('*') || terms?.appids.includes(appid);
    if (!terms || !holdsApp || !terms.scopes.includes('login') || !terms.origins.includes(origin)) throw new LoginPageRefused();
  }

  private facts(wanted: WantedPage, login: QrLogin, application: string) {
    return {
      id: login.id,
      svg: drawSvg(login.qrContent),
      secondsLeft: Math.max(0, Math.round((login.expiresAt.getTime() - this.clock.now().getTime()) / 1_000)),
      lifetimeSeconds,
      application,
      returnTo: wanted.return_to,
      state: wanted.state,
      isFramed: wanted.embed === 'true',
    };
  }
}
