import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Lifecycle } from '#runtime';
import { Credentials } from './credentials.js';

/** The clock's way in. Claims are made every second; a claim under way does not hold up the next. */
@Injectable()
export class TokenRenewalJob {
  private readonly log = new Logger('TokenRenewalJob');

  constructor(
    private readonly credentials: Credentials,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Interval('token-renewal', 1_000)
  async run(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.credentials
      .renewDue()
      .catch((error: Error) => this.log.warn(`Nothing could be claimed for renewal: ${error.message}`));
  }
}
