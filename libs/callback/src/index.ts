// What WeChat says to us: proven, kept, then answered; handed to the rooms that asked for it.
export { CallbackModule } from './callback.module.js';
export { type EventHandler, EventHandlers } from './event-handlers.js';
export { EventNotFound } from './callback-errors.js';
export { EventAnswer, eventAnswer } from './event-answer.js';
export { type KeptEvent } from './event.entity.js';
export { type AskedPush, type OutsideReplier, OutsideReplies } from './outside-replies.js';
export { replyFrom } from './outside-reply.js';
export { AppVoices } from './app-voices.js';
export { KeptEvents } from './kept-events.js';
export { PushRefused, callbackFailures } from './callback-errors.js';
export { Callbacks } from './callbacks.js';
export { replyContent } from './callback.controller.js';
export { type RawQuery, pushQuery, stampParameters } from './push-query.js';
export { type PushTarget, type SecretKeeper, SecretKeepers } from './secret-keepers.js';
