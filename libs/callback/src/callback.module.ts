import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { TokenModule } from '#token';
import { AnswerChoice } from './answer-choice.js';
import { AppReplies } from './app-replies.entity.js';
import { ReplyRules } from './reply-rules.js';
import { CallbackCheck } from './callback-check.js';
import { CallbackController } from './callback.controller.js';
import { Callbacks } from './callbacks.js';
import { CallbackRecord } from './refusals/callback-record.entity.js';
import { CallbackReportController } from './refusals/callback-report.controller.js';
import { CallbackReports } from './refusals/callback-reports.js';
import { RefusedPush } from './refusals/refused-push.entity.js';
import { RefusedPushes } from './refusals/refused-pushes.js';
import { WechatAddressList } from './refusals/wechat-address-list.entity.js';
import { WechatAddresses } from './refusals/wechat-addresses.js';
import { EventHandlers } from './event-handlers.js';
import { EventLog } from './event-log.js';
import { EventStreams } from './event-streams.js';
import { EventTasks } from './event-tasks.js';
import { Event } from './event.entity.js';
import { EventsController } from './events.controller.js';
import { KeptEvents } from './kept-events.js';
import { LatePushes } from './late-pushes.js';
import { LateReplies } from './late-replies.js';
import { OutsideReplies } from './outside-replies.js';
import { OlderCallbackController } from './older-callback.controller.js';
import { PushKeeping } from './push-keeping.js';
import { PushOutcomes } from './push-outcomes.js';
import { PushProof } from './push-proof.js';
import { Receivers } from './receivers.js';
import { SecretKeepers } from './secret-keepers.js';
import { ReplyRulesController } from './reply-rules.controller.js';
import { CallbackJobs } from './callback.jobs.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Event, AppReplies, RefusedPush, CallbackRecord, WechatAddressList]),
    AppModule,
    TokenModule,
  ],
  controllers: [CallbackController, OlderCallbackController, EventsController, ReplyRulesController, CallbackReportController],
  providers: [
    CallbackJobs,
    Callbacks,
    PushOutcomes,
    PushProof,
    PushKeeping,
    AnswerChoice,
    Receivers,
    LatePushes,
    EventLog,
    EventHandlers,
    SecretKeepers,
    OutsideReplies,
    LateReplies,
    EventTasks,
    EventStreams,
    KeptEvents,
    ReplyRules,
    CallbackCheck,
    WechatAddresses,
    RefusedPushes,
    CallbackReports,
  ],
  exports: [
    CallbackCheck,
    Callbacks,
    EventHandlers,
    EventLog,
    SecretKeepers,
    OutsideReplies,
    LatePushes,
    LateReplies,
    ReplyRules,
    KeptEvents,
  ],
})
export class CallbackModule {}
