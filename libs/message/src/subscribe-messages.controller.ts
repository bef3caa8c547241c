import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope, RequestKey } from '#access';
import { Apps } from '#app';
import { AppidParam, FailsWith, OneOf, Operation, Part, Text } from '#api';
import { InvalidInput } from '#errors';
import { sendSubscribeMessage, sendSubscribeMessageOfOfficialAccount } from '#wechat';
import { MessageAnswer, SentAnswer, messageAnswer } from './message-answer.js';
import { MessageNotFound, sendFailures } from './message-errors.js';
import { MiniProgramTarget, TemplateData, TemplateId, Touser } from './message-fields.js';
import { MessageIdParam } from './message-id.js';
import { Sends } from './sends.js';
import { SentMessages } from './sent-messages.js';

class SubscribeMessageRequest {
  @Touser() touser!: string;
  @TemplateId() template_id!: string;
  @TemplateData() data!: object;
  @Text('What a tap opens: a page with its query, or a web address of an account', {
    optional: 'or null',
    min: 1,
    max: 1_024,
    example: 'pages/order/order?id=4711',
  })
  page?: string;
  @Part(MiniProgramTarget, 'Of an official account: the mini program that a tap opens', { optional: 'or null' })
  miniprogram?: MiniProgramTarget;
  @OneOf(['developer', 'trial', 'formal'], { optional: 'or null', default: 'formal' }) miniprogram_state?: string;
  @OneOf(['zh_CN', 'en_US', 'zh_HK', 'zh_TW'], { optional: 'or null', default: 'zh_CN' }) lang?: string;
}

@ApiTags('messages')
@NeedsScope('messages:send')
@Controller('v1/apps/:appid/subscribe-messages')
export class SubscribeMessagesController {
  constructor(
    private readonly sends: Sends,
    private readonly sent: SentMessages,
    private readonly apps: Apps,
  ) {}

  @Post()
  @Idempotent()
  @Operation(
    'Send a message the person subscribed to, for a mini program or an official account',
    'A consent of the one-time kind is good for one message. WeChat cannot tell a repeat of these: a message whose sending it did not answer is not sent again (409 `send_not_repeated`).',
  )
  @ApiCreatedResponse({ type: SentAnswer })
  @FailsWith(...sendFailures)
  async sendSubscribeMessage(
    @AppidParam() appid: string,
    @Body() wanted: SubscribeMessageRequest,
    @RequestKey() requestKey: string | undefined,
  ): Promise<SentAnswer> {
    const isMiniProgram = (await this.apps.get(appid)).nature === 'mini_program';
    if (isMiniProgram && wanted.miniprogram)
      throw new InvalidInput([{ path: 'miniprogram', message: 'has no meaning here: a mini program opens its own page' }]);
    const { touser: openid, template_id: templateId } = wanted;
    const order = { appid, kind: 'subscribe', openid, templateId, message: { ...wanted }, requestKey } as const;
    const { id, msgid } = await this.sends.send(
      order,
      isMiniProgram ? sendSubscribeMessage : sendSubscribeMessageOfOfficialAccount,
    );
    return { id, msgid, status: 'sent' };
  }

  @Get(':id')
  @Operation(
    'Show what became of a subscribe message',
    'If WeChat gave no msgid, its report cannot be matched, and the message stays `sent`.',
  )
  @ApiOkResponse({ type: MessageAnswer })
  @FailsWith(MessageNotFound)
  async getSubscribeMessage(@AppidParam() appid: string, @MessageIdParam() id: string): Promise<MessageAnswer> {
    return messageAnswer(await this.sent.get({ appid, kind: 'subscribe', id }));
  }
}
