import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Lifecycle } from '#runtime';
import { Credentials } from './credentials.js';
import { TokenReads } from './token-reads.js';

@Injectable()
export class TokenJobs {
  private readonly log = new Logger('TokenJobs');

  constructor(
    private readonly credentials: Credentials,
    private readonly tokenReads: TokenReads,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Interval('token-renewal', 1_000)
  async renewDue(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.credentials
      .renewDue()
      .catch((error: Error) => this.log.warn(`Nothing could be claimed for renewal: ${error.message}`));
  }

  @Interval('token-reads', 10_000)
  write(): Promise<void> {
    return this.tokenReads.write();
  }

  @Interval('token-reads-kept', 3_600_000)
  forgetOld(): Promise<void> {
    return this.tokenReads.forgetOld();
  }
}
