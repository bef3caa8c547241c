import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Attempts } from './attempts/attempts.js';
import { GrantedTokenStore } from './granted-token-store.js';
import { OlderCalls } from './older-calls.js';

@Injectable()
export class WebAuthJobs {
  constructor(
    private readonly attempts: Attempts,
    private readonly grantedTokenStore: GrantedTokenStore,
    private readonly olderCalls: OlderCalls,
  ) {}

  @Interval('browser-attempts', 600_000)
  forgetOldAttempts(): Promise<void> {
    return this.attempts.forgetOld();
  }

  @Interval('granted-tokens', 3_600_000)
  forgetOldGrantedTokenStore(): Promise<void> {
    return this.grantedTokenStore.forgetOld();
  }

  @Interval('older-calls', 10_000)
  write(): Promise<void> {
    return this.olderCalls.write();
  }

  @Interval('older-calls-kept', 3_600_000)
  forgetOldOlderCalls(): Promise<void> {
    return this.olderCalls.forgetOld();
  }
}
