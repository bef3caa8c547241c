import { Controller, HttpCode, Options, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import type { BrowserReply, BrowserRequest } from '#web-auth';
import { LoginOrigins } from './login-origins.js';
import { QrLogins } from './qr-logins.js';

/** Preflight requests of browsers, for pages of another origin. They are not in the API description. */
@ApiExcludeController()
@OpenToAll()
@Controller('v1/qr-logins/:id')
export class PreflightController {
  constructor(
    private readonly logins: QrLogins,
    private readonly origins: LoginOrigins,
  ) {}

  @Options()
  @HttpCode(204)
  poll(@Param('id') id: string, @Req() request: BrowserRequest, @Res({ passthrough: true }) reply: BrowserReply): Promise<void> {
    return this.answer(id, request, reply);
  }

  @Options('stream')
  @HttpCode(204)
  stream(
    @Param('id') id: string,
    @Req() request: BrowserRequest,
    @Res({ passthrough: true }) reply: BrowserReply,
  ): Promise<void> {
    return this.answer(id, request, reply);
  }

  private async answer(id: string, request: BrowserRequest, reply: BrowserReply): Promise<void> {
    // Only a caller with the token learns whether the login exists.
    const login = await this.logins.get(id).catch(() => undefined);
    if (login && (await this.origins.allow(login, request, reply)))
      reply
        .header('access-control-allow-methods', 'GET')
        .header('access-control-allow-headers', 'authorization')
        .header('access-control-max-age', '600');
  }
}
