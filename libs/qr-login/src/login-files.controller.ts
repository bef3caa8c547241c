import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { FailsWith, Operation, failsWithPages, pageFile } from '#api';
import { loginStyle } from './login-layout.js';
import { LoginFormReplaced } from './qr-login-errors.js';

const file = (contentType: string, example: string) => ({
  content: { [contentType]: { schema: { type: 'string' as const }, example } },
});

/** What the login pages are made of, and where one used to be. */
@ApiTags('QR login')
@OpenToAll()
@Controller()
export class LoginFilesController {
  private readonly script = pageFile('libs/qr-login/pages/login.js');
  private readonly style = pageFile('libs/qr-login/pages/login.css');
  private readonly widget = pageFile('libs/qr-login/pages/wechat-qr-login.js');

  constructor() {
    failsWithPages(loginStyle, '/login/qr');
  }

  @Get('login/qr')
  @ApiOperation({
    operationId: 'showFormerLoginPage',
    summary: 'The former login page',
    description: 'Until release 0.1. It is gone: let your server ask `POST /v1/apps/{appid}/login-pages`.',
    deprecated: true,
  })
  @ApiOkResponse({ description: 'No longer answered' })
  @FailsWith(LoginFormReplaced)
  showFormer(): never {
    throw new LoginFormReplaced();
  }

  @Get('login/login.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Operation('The script of the login page')
  @ApiOkResponse(file('text/javascript', '…'))
  getLoginPageScript(): string {
    return this.script;
  }

  @Get('login/login.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Operation('How the login pages look')
  @ApiOkResponse(file('text/css', '…'))
  getLoginPageStyle(): string {
    return this.style;
  }

  @Get('widgets/wechat-qr-login.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Operation(
    'Puts the login page into a page of yours',
    '`WechatQrLogin.mount(element, url)` frames the `url` of `login-pages` and resolves to `{login_code, state}`, or rejects with a `reason` (`denied`, `cancelled`, `expired`).',
  )
  @ApiOkResponse(file('text/javascript', 'window.WechatQrLogin = { … }'))
  getQrLoginScript(): string {
    return this.widget;
  }
}
