import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope, RequestKey } from '#access';
import { AppidParam, FailsWith, Json, OneOf, Operation, Part, Text } from '#api';
import { InvalidInput } from '#errors';
import { type CustomerMessageType, customerMessageTypes, faultsOf } from './customer-message-types.js';
import { CustomerMessages } from './customer-messages.js';
import { MessageAnswer, SentAnswer, messageAnswer } from './message-answer.js';
import { MessageNotFound, sendFailures } from './message-errors.js';
import { Touser } from './message-fields.js';
import { MessageIdParam } from './message-id.js';
import { SentMessages } from './sent-messages.js';

const content = (example: object): PropertyDecorator => Json({ optional: 'or null', example });

class Speaker {
  @Text({
    pattern: /^[\x21-\x7e]{1,100}$/,
    message: 'must be 1 to 100 printable characters without spaces',
    example: 'anna@example',
  })
  kf_account!: string;
}

/** WeChat's own form: `msgtype` names the member that holds the content. */
class CustomerMessageRequest implements Partial<Record<CustomerMessageType, object>> {
  @Touser() touser!: string;
  @OneOf(customerMessageTypes, { example: 'text' }) msgtype!: CustomerMessageType;
  @content({ content: '您好' }) text?: object;
  @content({ media_id: 'MEDIA_ID' }) image?: object;
  @content({ media_id: 'MEDIA_ID' }) voice?: object;
  @content({ media_id: 'MEDIA_ID', thumb_media_id: 'MEDIA_ID', title: 'TITLE' }) video?: object;
  @content({ musicurl: 'https://example.com/a.mp3', thumb_media_id: 'MEDIA_ID' }) music?: object;
  @content({ articles: [{ title: 'TITLE', description: '', url: 'https://example.com/', picurl: '' }] }) news?: object;
  @content({ media_id: 'MEDIA_ID' }) mpnews?: object;
  @content({ article_id: 'ARTICLE_ID' }) mpnewsarticle?: object;
  @content({ head_content: '您满意吗？', list: [{ id: '1', content: '满意' }], tail_content: '谢谢' }) msgmenu?: object;
  @content({ card_id: 'CARD_ID' }) wxcard?: object;
  @content({ title: 'TITLE', appid: 'wxdec0de0000000002', pagepath: 'pages/index/index', thumb_media_id: 'MEDIA_ID' })
  miniprogrampage?: object;
  @content({ title: 'TITLE', description: '', url: 'https://example.com/', thumb_url: '' }) link?: object;
  @Part(Speaker, 'The customer-service account that speaks', { optional: 'or null' }) customservice?: Speaker;
}

@ApiTags('messages')
@NeedsScope('messages:send')
@Controller('v1/apps/:appid/customer-messages')
export class CustomerMessagesController {
  constructor(
    private readonly messages: CustomerMessages,
    private readonly sent: SentMessages,
  ) {}

  @Post()
  @Idempotent()
  @Operation(
    'Send a customer-service message',
    'WeChat allows five messages within 48 hours of a message of theirs, and three within a minute of a tap on the menu, a follow or a scan; otherwise it refuses (422 with 45015 or 45047), and a template or subscribe message is the way. It cannot tell a repeat of these: a message whose sending it did not answer is not sent again (409 `send_not_repeated`).',
  )
  @ApiCreatedResponse({ type: SentAnswer })
  @FailsWith(...sendFailures)
  async sendCustomerMessage(
    @AppidParam() appid: string,
    @Body() wanted: CustomerMessageRequest,
    @RequestKey() requestKey: string | undefined,
  ): Promise<SentAnswer> {
    const { touser, msgtype, customservice } = wanted;
    const others = customerMessageTypes.filter((type) => type !== msgtype && wanted[type] !== undefined);
    const faults = [
      ...faultsOf(msgtype, wanted[msgtype]),
      ...others.map((path) => ({ path, message: `has no place in a message of the type ${msgtype}` })),
    ];
    if (faults.length > 0) throw new InvalidInput(faults);
    const message = {
      touser,
      msgtype,
      [msgtype]: wanted[msgtype],
      ...(customservice && { customservice: { ...customservice } }),
    };
    const { id } = await this.messages.send(appid, message, { requestKey });
    return { id, msgid: null, status: 'sent' };
  }

  @Get(':id')
  @Operation('Show whether a customer-service message was sent', 'WeChat reports nothing more about these messages.')
  @ApiOkResponse({ type: MessageAnswer })
  @FailsWith(MessageNotFound)
  async getCustomerMessage(@AppidParam() appid: string, @MessageIdParam() id: string): Promise<MessageAnswer> {
    return messageAnswer(await this.sent.get({ appid, kind: 'customer', id }));
  }
}
