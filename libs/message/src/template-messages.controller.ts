import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope, RequestKey } from '#access';
import { AppidParam, FailsWith, Operation, Part, field } from '#api';
import { sendTemplateMessage } from '#wechat';
import { IsUrl, MaxLength } from 'class-validator';
import { MessageAnswer, SentAnswer, messageAnswer } from './message-answer.js';
import { ClientMsgIdReused, MessageNotFound, sendFailures } from './message-errors.js';
import { ClientMsgId, MiniProgramTarget, TemplateData, TemplateId, Touser } from './message-fields.js';
import { MessageIdParam } from './message-id.js';
import { Sends } from './sends.js';
import { SentMessages } from './sent-messages.js';

class TemplateMessageRequest {
  @Touser() touser!: string;
  @TemplateId() template_id!: string;
  @TemplateData() data!: object;
  @field(
    { description: 'What a tap opens', optional: 'or null', example: 'https://shop.example.com/orders/4711' },
    { type: String, maxLength: 1_024 },
    IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { message: 'must be a web address' }),
    MaxLength(1_024),
  )
  url?: string;
  @Part(MiniProgramTarget, 'What a tap opens in clients that can; it must be bound to the account', { optional: 'or null' })
  miniprogram?: MiniProgramTarget;
  @ClientMsgId() client_msg_id?: string;
}

@ApiTags('messages')
@NeedsScope('messages:send')
@Controller('v1/apps/:appid/template-messages')
export class TemplateMessagesController {
  constructor(
    private readonly sends: Sends,
    private readonly sent: SentMessages,
  ) {}

  @Post()
  @Idempotent()
  @Operation(
    'Send a template message to a follower',
    'For verified service accounts. The message is sent once, even if the request is repeated with the same `Idempotency-Key` or `client_msg_id`, and even if WeChat did not answer. A GET and the event `event.templatesendjobfinish` tell what became of it.',
  )
  @ApiCreatedResponse({ type: SentAnswer })
  @FailsWith(...sendFailures, ClientMsgIdReused)
  async sendTemplateMessage(
    @AppidParam() appid: string,
    @Body() wanted: TemplateMessageRequest,
    @RequestKey() requestKey: string | undefined,
  ): Promise<SentAnswer> {
    const { touser: openid, template_id: templateId, client_msg_id: clientMsgId, ...rest } = wanted;
    const message = { touser: openid, template_id: templateId, ...rest };
    const order = { appid, kind: 'template', openid, templateId, message, clientMsgId, requestKey } as const;
    const { id, msgid } = await this.sends.send(order, sendTemplateMessage);
    return { id, msgid, status: 'sent' };
  }

  @Get(':id')
  @Operation('Show what became of a template message')
  @ApiOkResponse({ type: MessageAnswer })
  @FailsWith(MessageNotFound)
  async getTemplateMessage(@AppidParam() appid: string, @MessageIdParam() id: string): Promise<MessageAnswer> {
    return messageAnswer(await this.sent.get({ appid, kind: 'template', id }));
  }
}
