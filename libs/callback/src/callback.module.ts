import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { TokenModule } from '#token';
import { AppVoice } from './app-voice.entity.js';
import { AppVoices } from './app-voices.js';
import { CallbackCheck } from './callback-check.js';
import { CallbackController } from './callback.controller.js';
import { Callbacks } from './callbacks.js';
import { EventHandlers } from './event-handlers.js';
import { EventLog } from './event-log.js';
import { EventStreams } from './event-streams.js';
import { EventTasks } from './event-tasks.js';
import { Event } from './event.entity.js';
import { EventsController } from './events.controller.js';
import { KeptEvents } from './kept-events.js';
import { OutsideReplies } from './outside-replies.js';
import { OlderCallbackController } from './older-callback.controller.js';
import { Receivers } from './receivers.js';
import { SecretKeepers } from './secret-keepers.js';
import { VoicesController } from './voices.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([Event, AppVoice]), AccountModule, TokenModule],
  controllers: [CallbackController, OlderCallbackController, EventsController, VoicesController],
  providers: [
    Callbacks,
    Receivers,
    EventLog,
    EventHandlers,
    SecretKeepers,
    OutsideReplies,
    EventTasks,
    EventStreams,
    KeptEvents,
    AppVoices,
    CallbackCheck,
  ],
  exports: [Callbacks, EventHandlers, SecretKeepers, OutsideReplies, AppVoices, KeptEvents],
})
export class CallbackModule {}
