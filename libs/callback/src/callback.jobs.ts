import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EventStreams } from './event-streams.js';
import { EventTasks } from './event-tasks.js';
import { KeptEvents } from './kept-events.js';
import { LateReplies } from './late-replies.js';
import { RefusedPushes } from './refusals/refused-pushes.js';
import { WechatAddresses } from './refusals/wechat-addresses.js';

@Injectable()
export class CallbackJobs {
  constructor(
    private readonly eventStreams: EventStreams,
    private readonly eventTasks: EventTasks,
    private readonly keptEvents: KeptEvents,
    private readonly lateReplies: LateReplies,
    private readonly refusedPushes: RefusedPushes,
    private readonly wechatAddresses: WechatAddresses,
  ) {}

  @Interval('event-streams', 250)
  runEventStreams(): Promise<void> {
    return this.eventStreams.run();
  }

  @Interval('event-streams-keys', 1_000)
  endWithTheirKeys(): Promise<void> {
    return this.eventStreams.endWithTheirKeys();
  }

  @Interval('event-streams-alive', 15_000)
  keepAlive(): void {
    this.eventStreams.keepAlive();
  }

  @Interval('event-tasks', 1_000)
  runEventTasks(): void {
    this.eventTasks.run();
  }

  @Interval('events-kept', 600_000)
  forgetOldKeptEvents(): Promise<void> {
    return this.keptEvents.forgetOld();
  }

  @Interval('late-replies', 1_000)
  runLateReplies(): Promise<void> {
    return this.lateReplies.run();
  }

  @Interval('refused-pushes', 1_000)
  write(): Promise<void> {
    return this.refusedPushes.write();
  }

  @Interval('refused-pushes-old', 3_600_000)
  forgetOldRefusedPushes(): Promise<void> {
    return this.refusedPushes.forgetOld();
  }

  @Interval('wechat-addresses', 3_600_000)
  refresh(): Promise<void> {
    return this.wechatAddresses.refresh();
  }
}
