import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { FailsWith, ownPagePolicy, pageFile } from '#api';
import { failure } from '#errors';
import { AuthorizeUrls } from '../authorize-urls.js';
import { finishPage } from './finish-page.js';

class FinishTicketUnknown extends failure('missing', 'finish_ticket_unknown', 'The gateway did not make this finish page') {
  constructor() {
    super('The gateway did not make the address of this page: ask it for a popup-url');
  }
}

const file = (contentType: string, example: string) => ({
  content: { [contentType]: { schema: { type: 'string' as const }, example } },
});

@ApiTags('web authorisation')
@OpenToAll()
@Controller('widgets')
export class PopupController {
  private readonly script = pageFile('libs/web-auth/widgets/wechat-login.js');
  private readonly style = pageFile('libs/web-auth/widgets/finish.css');

  constructor(private readonly urls: AuthorizeUrls) {}

  @Get('wechat-login.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'getLoginScript',
    summary: 'The login window of a desktop page',
    description:
      '`WechatLogin.open(url)` opens the QR page of a `popup-url` in a centred window of 800 x 460 and resolves to `{code, state}`, which the page sends to its own server.',
  })
  @ApiOkResponse(file('text/javascript', 'window.WechatLogin = { … }'))
  getScript(): string {
    return this.script;
  }

  @Get('finish.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ operationId: 'getFinishStyle', summary: 'How the finish page looks' })
  @ApiOkResponse(file('text/css', 'body { … }'))
  getStyle(): string {
    return this.style;
  }

  @Get('finish/:ticket')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', ownPagePolicy)
  @ApiParam({ name: 'ticket', description: 'Names the origin that may hear the code, as `popup-url` made it' })
  @ApiOperation({
    operationId: 'finishPopup',
    summary: 'Where the login window ends',
    description: 'Hands code and state to the window that opened it, if that is of the origin in the ticket, and closes itself.',
  })
  @ApiOkResponse(file('text/html', '<!doctype html>…'))
  @FailsWith(FinishTicketUnknown)
  getFinish(@Param('ticket') ticket: string): string {
    const origin = this.urls.originOf(ticket);
    if (origin === undefined) throw new FinishTicketUnknown();
    return finishPage(origin);
  }
}
