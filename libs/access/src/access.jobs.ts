import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { IdempotentRequests } from './idempotency/idempotent-requests.js';
import { KeyUses } from './key-uses.js';

@Injectable()
export class AccessJobs {
  constructor(
    private readonly idempotentRequests: IdempotentRequests,
    private readonly keyUses: KeyUses,
  ) {}

  @Interval('idempotent-requests', 3_600_000)
  forgetOld(): Promise<void> {
    return this.idempotentRequests.forgetOld();
  }

  @Interval('api-key-use', 60_000)
  write(): Promise<void> {
    return this.keyUses.write();
  }
}
