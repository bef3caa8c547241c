import { Body, Controller, Get, Header, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { BelievedAddress, OpenToAll } from '#access';
import { AppidPipe, FailsWith, Operation, exampleAppid, RawBody } from '#api';
import { InvalidInput } from '#errors';
import { replyContent } from './callback.controller.js';
import { TooManyWrongSignatures, callbackFailures } from './callback-errors.js';
import { Callbacks } from './callbacks.js';
import { type RawQuery, pushQuery, stampParameters } from './push-query.js';
import { Receivers } from './receivers.js';

const path = 'v1/service/wx/wxmsg';
const appids = new AppidPipe();
const failures = [InvalidInput, ...callbackFailures];
const ApiAppidIfAny = (): MethodDecorator =>
  ApiQuery({
    name: 'appid',
    required: false,
    description: 'The app, if the address names it',
    schema: { type: 'string' },
    example: exampleAppid,
  });

interface Reply {
  type(contentType: string): unknown;
}

/** The address that accounts may still have in their console from before. */
@ApiTags('callbacks')
@OpenToAll()
@Controller(path)
export class OlderCallbackController {
  constructor(
    private readonly callbacks: Callbacks,
    private readonly receivers: Receivers,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiAppidIfAny()
  @stampParameters({ echo: true })
  @Operation(
    "Answer WeChat's check of the older address",
    'The app is the one in `appid`, else the one whose token makes the signature true.',
  )
  @ApiOkResponse({
    description: 'The echostr',
    content: { 'text/plain': { schema: { type: 'string' }, example: '5927782489442352469' } },
  })
  @FailsWith(...failures, TooManyWrongSignatures)
  async verifyOlderCallback(@Query() query: RawQuery, @BelievedAddress() from: string): Promise<string> {
    const known = pushQuery(query);
    return this.callbacks.echo(appidIn(query) ?? (await this.receivers.provenBy(known, from)), known);
  }

  @Post()
  @HttpCode(200)
  @RawBody()
  @ApiAppidIfAny()
  @stampParameters()
  @ApiConsumes('text/xml')
  @ApiBody({
    schema: { type: 'string', example: '<xml><ToUserName>gh_97417a04a28d</ToUserName>…</xml>' },
    description: 'As WeChat sends it: XML or JSON, plain or encrypted',
  })
  @Operation(
    'Receive a message or event at the older address',
    'The app is the one in `appid`, else the one whose `original_id` is `ToUserName`.',
  )
  @ApiOkResponse({ description: '`success`, or a reply in the form of the push', content: replyContent() })
  @FailsWith(...failures)
  async receiveOlderPush(
    @Query() query: RawQuery,
    @Body() body: Buffer = Buffer.alloc(0),
    @BelievedAddress() from: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const appid = appidIn(query) ?? (await this.receivers.addressedBy(body));
    const answer = await this.callbacks.receive(appid, pushQuery(query), body, { from });
    reply.type(`${answer.contentType}; charset=utf-8`);
    return answer.body;
  }
}

function appidIn({ appid }: RawQuery): string | undefined {
  return appid === undefined ? undefined : appids.transform(typeof appid === 'string' ? appid : '');
}
