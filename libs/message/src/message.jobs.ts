import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { SentMessages } from './sent-messages.js';

@Injectable()
export class MessageJobs {
  constructor(private readonly sentMessages: SentMessages) {}

  @Interval('sent-messages', 60_000)
  forgetOld(): Promise<void> {
    return this.sentMessages.forgetOld();
  }
}
