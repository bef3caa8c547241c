import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BelievedAddress, OpenToAll } from '#access';
import { AppidPipe, FailsWith, Operation, RawBody } from '#api';
import { type RawQuery, Callbacks, callbackFailures, pushQuery, replyContent, stampParameters } from '#callback';
import { AuthorizerCallbacks } from './authorizer-callbacks.js';
import { ApiAppidNamed } from './authorizer-shapes.js';

interface Reply {
  type(contentType: string): unknown;
}

@ApiTags('callbacks')
@OpenToAll()
@ApiAppidNamed('platform', 'The platform, whose token and key prove the push')
@ApiAppidNamed('authorizer', 'The authorizer that the message is for: `$APPID$` in the address entered at WeChat')
@Controller('callbacks/:platform/:authorizer')
export class AuthorizerCallbackController {
  constructor(
    private readonly callbacks: Callbacks,
    private readonly authorizers: AuthorizerCallbacks,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  @stampParameters({ echo: true })
  @Operation("Answer WeChat's check of the address for messages of authorizers")
  @ApiOkResponse({
    description: 'The echostr',
    content: { 'text/plain': { schema: { type: 'string' }, example: '5927782489442352469' } },
  })
  @FailsWith(...callbackFailures)
  async verifyAuthorizerCallback(
    @Param('platform', AppidPipe) platform: string,
    @Param('authorizer', AppidPipe) _authorizer: string,
    @Query() query: RawQuery,
  ): Promise<string> {
    return this.callbacks.echo(platform, pushQuery(query));
  }

  @Post()
  @HttpCode(200)
  @RawBody()
  @stampParameters()
  @ApiConsumes('text/xml')
  @ApiBody({
    schema: { type: 'string', example: '<xml><ToUserName>gh_97417a04a28d</ToUserName>…</xml>' },
    description: 'As WeChat sends it: encrypted with the key of the platform',
  })
  @Operation(
    'Receive a message or event of an authorizer',
    'The push is kept as an event of the authorizer, and answered like a push to any other app.',
  )
  @ApiOkResponse({ description: '`success`, or a reply in the form of the push', content: replyContent() })
  @FailsWith(...callbackFailures)
  async receiveAuthorizerPush(
    @Param('platform', AppidPipe) platform: string,
    @Param('authorizer', AppidPipe) authorizer: string,
    @Query() query: RawQuery,
    @Body() body: Buffer | undefined,
    @BelievedAddress() from: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const push = { query: pushQuery(query), body: body ?? Buffer.alloc(0), from };
    const answer = await this.authorizers.receive({ appid: authorizer, platform }, push);
    reply.type(`${answer.contentType}; charset=utf-8`);
    return answer.body;
  }
}
