import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { WechatModule } from '#wechat';
import { CustomerMessagesController } from './customer-messages.controller.js';
import { CustomerMessages } from './customer-messages.js';
import { FateEvents } from './fate-events.js';
import { MessageFate } from './message-fate.entity.js';
import { Sends } from './sends.js';
import { SentMessage } from './sent-message.entity.js';
import { SentMessages } from './sent-messages.js';
import { SubscribeMessagesController } from './subscribe-messages.controller.js';
import { TemplateMessagesController } from './template-messages.controller.js';
import { TemplatesController } from './templates.controller.js';
import { MessageJobs } from './message.jobs.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([SentMessage, MessageFate]),
    AppModule,
    CallbackModule,
    TokenModule,
    UserModule,
    WechatModule,
  ],
  controllers: [TemplateMessagesController, SubscribeMessagesController, CustomerMessagesController, TemplatesController],
  providers: [MessageJobs, Sends, SentMessages, FateEvents, CustomerMessages],
  exports: [CustomerMessages],
})
export class MessageModule {}
