import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { UsedCodes } from './used-codes.js';

@Injectable()
export class OneTimeCodeJobs {
  constructor(private readonly usedCodes: UsedCodes) {}

  @Interval('used-codes', 60_000)
  forgetOld(): Promise<void> {
    return this.usedCodes.forgetOld();
  }
}
