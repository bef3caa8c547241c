// What WeChat says to us: proven, kept, then answered; handed to the rooms that asked for it.
export { CallbackCheck } from './callback-check.js';
export { CallbackModule } from './callback.module.js';
export { type EventHandler, EventHandlers } from './event-handlers.js';
export { EventNotFound } from './callback-errors.js';
export { eventAnswer } from './event-answer.js';
export { type KeptEvent } from './event.entity.js';
export { type AskedPush, type OutsideReplier, OutsideReplies } from './outside-replies.js';
export { type Fate, LateReplies, type LateReply, type WayOut } from './late-replies.js';
export { replyFrom } from './outside-reply.js';
export { ReplyRules } from './reply-rules.js';
export { KeptEvents } from './kept-events.js';
export { PushRefused, callbackFailures } from './callback-errors.js';
export { Callbacks } from './callbacks.js';
export { replyContent } from './callback.controller.js';
export { type RawQuery, pushQuery, stampParameters } from './push-query.js';
export { type PushTarget, type SecretKeeper, SecretKeepers } from './secret-keepers.js';
