import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import {
  AppidParam,
  FailsWith,
  FailsWithPage,
  Operation,
  ServesFile,
  htmlContent,
  opaquePattern,
  ownPagePolicy,
  pageFile,
} from '#api';
import { failure } from '#errors';
import type { BrowserReply, BrowserRequest } from '../attempts/browser.js';
import { personFailures } from '../web-auth-errors.js';
import { PopupWindows } from './popup-windows.js';

class FinishTicketUnknown extends failure('missing', 'finish_ticket_unknown', {
  en: 'The gateway did not make this finish page',
  zh: '这个完成页不是网关生成的',
}) {
  constructor() {
    super({
      en: 'The gateway did not make the address of this page, or its time is long over: ask it for a popup-url',
      zh: '这个页面的地址不是网关生成的，或早已过期：请重新获取 popup-url',
    });
  }
}

@ApiTags('web authorisation')
@OpenToAll()
@Controller('widgets')
export class PopupController {
  private readonly script = pageFile('libs/web-auth/widgets/wechat-login.js');
  private readonly finishScript = pageFile('libs/web-auth/widgets/finish.js');
  private readonly style = pageFile('libs/web-auth/widgets/finish.css');

  constructor(private readonly windows: PopupWindows) {}

  @Get('wechat-login.js')
  @ServesFile('text/javascript', 'window.WechatLogin = { … }')
  @Operation(
    'The login window of a desktop page',
    '`WechatLogin.open(url)` opens the QR page of a `popup-url` in a centred window of 800 x 460 and resolves to `{code, state}`, which the page sends to its own server.',
  )
  getLoginScript(): string {
    return this.script;
  }

  @Get('finish.js')
  @ServesFile('text/javascript')
  @Operation('The script of the finish page')
  getFinishScript(): string {
    return this.finishScript;
  }

  @Get('finish.css')
  @ServesFile('text/css', 'body { … }')
  @Operation('How the finish page looks')
  getFinishStyle(): string {
    return this.style;
  }

  @Get('finish/:appid/:id')
  @FailsWithPage('/widgets/finish.css')
  @Header('content-security-policy', ownPagePolicy)
  @ApiParam({
    name: 'id',
    description: 'Of the window, as `popup-url` made it',
    schema: { type: 'string', pattern: '^\\w{1,64}$' },
  })
  @ApiQuery({ name: 'code', required: false, description: 'Added by WeChat' })
  @ApiQuery({ name: 'state', required: false, description: 'Added by WeChat' })
  @Operation(
    'Where the login window ends',
    "Exchanges WeChat's code with the secret of the app that the window was made for, hands a code of the gateway's own to the page that opened it, if that is of the window's origin, and closes itself. WeChat's code is handed to nobody.",
  )
  @ApiOkResponse(htmlContent)
  @FailsWith(...personFailures, FinishTicketUnknown)
  async finishPopup(
    @AppidParam() appid: string,
    @Param('id') id: string,
    @Query() { code }: Record<string, unknown>,
    @Req() request: BrowserRequest,
    @Res() reply: BrowserReply,
  ): Promise<void> {
    const given = typeof code === 'string' && opaquePattern.test(code) ? code : undefined;
    const page = await this.windows.finish({ appid, id }, given, { request, reply });
    if (page === undefined) throw new FinishTicketUnknown();
    reply.type('text/html; charset=utf-8').send(page);
  }
}
