import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CallUses } from './call-uses.js';

@Injectable()
export class QuotaJobs {
  constructor(private readonly callUses: CallUses) {}

  @Interval('call-uses', 10_000)
  write(): Promise<void> {
    return this.callUses.write();
  }

  @Interval('call-uses-kept', 3_600_000)
  forgetOld(): Promise<void> {
    return this.callUses.forgetOld();
  }
}
