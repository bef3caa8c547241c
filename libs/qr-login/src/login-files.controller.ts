import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { FailsWith, FailsWithPage, Operation, ServesFile, pageFile } from '#api';
import { loginStyle } from './login-layout.js';
import { LoginFormReplaced } from './qr-login-errors.js';

/** What the login pages are made of, and where one used to be. */
@ApiTags('QR login')
@OpenToAll()
@Controller()
export class LoginFilesController {
  private readonly script = pageFile('libs/qr-login/pages/login.js');
  private readonly style = pageFile('libs/qr-login/pages/login.css');
  private readonly widget = pageFile('libs/qr-login/pages/wechat-qr-login.js');

  @Get('login/qr')
  @FailsWithPage(loginStyle)
  @ApiOperation({
    operationId: 'showFormerLoginPage',
    summary: 'Answer for the former login page',
    description: 'Until release 0.1. It is gone: let your server ask `POST /v1/apps/{appid}/login-pages`.',
    deprecated: true,
  })
  @ApiOkResponse({ description: 'No longer answered' })
  @FailsWith(LoginFormReplaced)
  showFormer(): never {
    throw new LoginFormReplaced();
  }

  @Get('login/login.js')
  @ServesFile('text/javascript')
  @Operation('Get the script of the login page')
  getLoginPageScript(): string {
    return this.script;
  }

  @Get('login/login.css')
  @ServesFile('text/css')
  @Operation('Get the style sheet of the login pages')
  getLoginPageStyle(): string {
    return this.style;
  }

  @Get('widgets/wechat-qr-login.js')
  @ServesFile('text/javascript', 'window.WechatQrLogin = { … }')
  @Operation(
    'Get the script that puts the login page into your page',
    '`WechatQrLogin.mount(element, url)` frames the `url` of `login-pages` and resolves to `{login_code, state}`, or rejects with a `reason` (`denied`, `cancelled`, `expired`).',
  )
  getQrLoginScript(): string {
    return this.widget;
  }
}
