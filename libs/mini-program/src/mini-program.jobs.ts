import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { MiniSessions } from './mini-sessions.js';

@Injectable()
export class MiniProgramJobs {
  constructor(private readonly miniSessions: MiniSessions) {}

  @Interval('mini-sessions', 3_600_000)
  forgetOld(): Promise<void> {
    return this.miniSessions.forgetOld();
  }
}
