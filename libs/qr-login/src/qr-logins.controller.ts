import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { CallingKey, Idempotent, type LivingKey, NeedsScope, OpenToAll } from '#access';
import { AppDisabled } from '#app';
import { AppidParam, FailsWith, Operation, Whole } from '#api';
import { drawSvg } from '#qr-code';
import { tokenFailures } from '#token';
import { Followers, Users } from '#user';
import type { BrowserReply, BrowserRequest } from '#web-auth';
import { LoginOrigins } from './login-origins.js';
import { LoginStreams } from './login-streams.js';
import { LoginTokens, hashOf } from './login-tokens.js';
import { LoginWatch } from './login-watch.js';
import {
  LoginCodeExpired,
  LoginCodeUsed,
  LoginNotFound,
  LoginRefused,
  PollTokenInvalid,
  TooManyLogins,
} from './qr-login-errors.js';
import {
  RedeemRequest,
  LoginStateAnswer,
  LoginRequest,
  NewLoginAnswer,
  RedeemedAnswer,
  exampleLoginId,
} from './qr-login-shapes.js';
import type { QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

class HowLong {
  @Whole('Seconds to wait for another status; 0 answers at once', { optional: true, min: 0, max: 25, inQuery: true, default: 0 })
  wait: number = 0;
}

const ApiLoginId = (): MethodDecorator =>
  ApiParam({ name: 'id', schema: { type: 'string', pattern: '^qrl_[0-9A-Za-z]{22}$', example: exampleLoginId } });

@ApiTags('QR login')
@Controller('v1')
export class QrLoginsController {
  constructor(
    private readonly logins: QrLogins,
    private readonly tokens: LoginTokens,
    private readonly watch: LoginWatch,
    private readonly streams: LoginStreams,
    private readonly origins: LoginOrigins,
    private readonly users: Users,
    private readonly followers: Followers,
  ) {}

  @Post('apps/:appid/qr-logins')
  @NeedsScope('login')
  @Idempotent()
  @Operation(
    'A code that logs in whoever scans it',
    'Show `qr_svg` (or draw `qr_content`) to the browser with the `binding`, and let it ask for the status with the `poll_token`. The same browser asking again within the time is given the same code. Tell in `context` what the person is to be shown before they agree.',
  )
  @ApiCreatedResponse({ type: NewLoginAnswer })
  @FailsWith(...tokenFailures, AppDisabled, TooManyLogins)
  async beginQrLogin(
    @AppidParam() appid: string,
    @Body() wanted: LoginRequest,
    @CallingKey() key: LivingKey,
  ): Promise<NewLoginAnswer> {
    const { application, ip, user_agent } = wanted.context ?? {};
    const context = {
      ...(application !== undefined && { application }),
      ...(ip !== undefined && { ip }),
      ...(user_agent !== undefined && { user_agent }),
    };
    const login = await this.logins.begin(appid, {
      keyId: key.id,
      bindingHash: hashOf(wanted.binding),
      ttlSeconds: wanted.ttl_seconds,
      confirm: wanted.confirm,
      context,
    });
    return {
      id: login.id,
      status: this.logins.statusOf(login),
      qr_content: login.qrContent,
      qr_svg: drawSvg(login.qrContent),
      poll_token: this.tokens.make('poll', login.id),
      expires_at: login.expiresAt.toISOString(),
    };
  }

  @Post('qr-logins/redeem')
  @HttpCode(200)
  @NeedsScope('login')
  @Operation(
    'Who logged in',
    'Once, within 60 seconds, by the key that began it and with the binding of the same browser session. Five refusals end the login.',
  )
  @ApiOkResponse({ type: RedeemedAnswer })
  @FailsWith(LoginNotFound, LoginRefused, LoginCodeUsed, LoginCodeExpired)
  async redeemQrLogin(@Body() { login_code, binding }: RedeemRequest, @CallingKey() key: LivingKey): Promise<RedeemedAnswer> {
    const { appid, openid, scannedAt, createdAt } = await this.logins.redeem(login_code, binding, key.id);
    const who = openid ?? '';
    const user = (await this.users.find(appid, who)) ?? undefined;
    const unionid = user?.unionid ?? (await this.askUnionid(appid, who));
    return {
      appid,
      openid: who,
      unionid,
      user: user?.profile ? { nickname: user.profile.nickname, headimgurl: user.profile.headimgurl } : null,
      scanned_at: (scannedAt ?? createdAt).toISOString(),
    };
  }

  @Get('qr-logins/:id')
  @OpenToAll()
  @ApiBearerAuth('poll')
  @ApiLoginId()
  @Operation(
    'How far a login has got',
    'For the browser, with the `poll_token` as bearer. With `wait` it answers when the status changes. While `confirmed` it shows the `login_code`, which the browser gives to its own server. From pages of the origins registered with the key.',
  )
  @ApiOkResponse({ type: LoginStateAnswer })
  @FailsWith(PollTokenInvalid, LoginNotFound)
  async getQrLogin(
    @Param('id') id: string,
    @Query() { wait }: HowLong,
    @Req() request: BrowserRequest,
    @Res({ passthrough: true }) reply: BrowserReply,
  ): Promise<LoginStateAnswer> {
    const login = await this.proven(id, request, reply);
    const status = this.logins.statusOf(login);
    if (wait === 0 || this.watch.isFinished(status) || status === 'confirmed') return this.answer(login);
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    return this.answer(await this.watch.change(login, status, wait * 1_000, gone.signal));
  }

  @Get('qr-logins/:id/stream')
  @OpenToAll()
  @ApiBearerAuth('poll')
  @ApiLoginId()
  @Operation(
    'How far a login has got, as it gets on',
    'Server-sent events, each the same JSON as the poll; to be read with `fetch`, since `EventSource` cannot send the `poll_token` and an address is no place for it. Ends with the login.',
  )
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' }, example: 'data: {"status":"scanned"}\n\n' } } })
  @FailsWith(PollTokenInvalid, LoginNotFound)
  async streamQrLogin(@Param('id') id: string, @Req() request: BrowserRequest, @Res() reply: BrowserReply): Promise<void> {
    const login = await this.proven(id, request, reply);
    await this.streams.open(reply, login, (one) => this.answer(one));
  }

  private async proven(id: string, request: BrowserRequest, reply: BrowserReply): Promise<QrLogin> {
    const token = /^Bearer +(\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!this.tokens.isFor('poll', id, token)) throw new PollTokenInvalid();
    const login = await this.logins.get(id);
    await this.origins.allow(login, request, reply);
    return login;
  }

  private answer(login: QrLogin): LoginStateAnswer {
    const code = this.logins.codeOf(login);
    return {
      id: login.id,
      status: this.logins.statusOf(login),
      expires_at: login.expiresAt.toISOString(),
      ...(code !== undefined && { login_code: code }),
    };
  }

  /** WeChat tells the unionid of followers. The login is redeemed by now, and must not fail for it. */
  private async askUnionid(appid: string, openid: string): Promise<string | null> {
    return this.followers.get(appid, openid, 'zh_CN').then(
      ({ unionid }) => unionid,
      () => null,
    );
  }
}
