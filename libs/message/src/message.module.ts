import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { CallbackModule } from '#callback';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { WechatModule } from '#wechat';
import { CustomerMessagesController } from './customer-messages.controller.js';
import { CustomerMessages } from './customer-messages.js';
import { FateEvents } from './fate-events.js';
import { MenuController } from './menu.controller.js';
import { MessageFate } from './message-fate.entity.js';
import { Sends } from './sends.js';
import { SentMessage } from './sent-message.entity.js';
import { SentMessages } from './sent-messages.js';
import { SubscribeMessagesController } from './subscribe-messages.controller.js';
import { TemplateMessagesController } from './template-messages.controller.js';
import { TemplatesController } from './templates.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([SentMessage, MessageFate]),
    AccountModule,
    CallbackModule,
    TokenModule,
    UserModule,
    WechatModule,
  ],
  controllers: [
    TemplateMessagesController,
    SubscribeMessagesController,
    CustomerMessagesController,
    TemplatesController,
    MenuController,
  ],
  providers: [Sends, SentMessages, FateEvents, CustomerMessages],
  exports: [CustomerMessages],
})
export class MessageModule {}
