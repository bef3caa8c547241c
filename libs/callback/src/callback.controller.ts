import { Body, Controller, Get, Header, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BelievedAddress, OpenToAll } from '#access';
import { AppidParam, FailsWith, Operation, RawBody } from '#api';
import { StorageUnavailable } from '#errors';
import { PushRefused, PushStale, callbackFailures } from './callback-errors.js';
import { Callbacks } from './callbacks.js';
import { type RawQuery, pushQuery, stampParameters } from './push-query.js';

interface Reply {
  type(contentType: string): unknown;
}

@ApiTags('callbacks')
@OpenToAll()
@Controller('callbacks/:appid')
export class CallbackController {
  constructor(private readonly callbacks: Callbacks) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  @stampParameters({ echo: true })
  @Operation(
    "Answer WeChat's check of the address",
    'Made when an operator submits the server configuration in the console of WeChat.',
  )
  @ApiOkResponse({
    description: 'The echostr',
    content: { 'text/plain': { schema: { type: 'string' }, example: '5927782489442352469' } },
  })
  @FailsWith(PushRefused, PushStale, StorageUnavailable)
  async verifyCallback(@AppidParam() appid: string, @Query() query: RawQuery): Promise<string> {
    return this.callbacks.echo(appid, pushQuery(query));
  }

  @Post()
  @HttpCode(200)
  @RawBody()
  @stampParameters()
  @ApiConsumes('text/xml')
  @ApiBody({
    schema: { type: 'string', example: '<xml><ToUserName>gh_97417a04a28d</ToUserName>…</xml>' },
    description: 'As WeChat sends it: XML or JSON, plain or encrypted',
  })
  @Operation(
    'Receive a message or event of an app',
    'The answer is sent after the push is stored, so what is acknowledged is kept. A repeat is not stored again and gets the first answer.',
  )
  @ApiOkResponse({ description: '`success`, or a reply in the form of the push', content: replyContent() })
  @FailsWith(...callbackFailures)
  async receivePush(
    @AppidParam() appid: string,
    @Query() query: RawQuery,
    @Body() body: Buffer | undefined,
    @BelievedAddress() from: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const answer = await this.callbacks.receive(appid, pushQuery(query), body ?? Buffer.alloc(0), { from });
    reply.type(`${answer.contentType}; charset=utf-8`);
    return answer.body;
  }
}

export function replyContent() {
  const schema = { type: 'string' as const };
  return {
    'text/plain': { schema, example: 'success' },
    'text/xml': { schema, example: '<xml>…</xml>' },
    'application/json': { schema: {}, example: { MsgType: 'transfer_customer_service' } },
  };
}
