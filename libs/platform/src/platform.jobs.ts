import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Lifecycle } from '#runtime';
import { AuthorizerDescriptions } from './authorizer-descriptions.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { Comparisons } from './comparisons.js';
import { Exchanges } from './exchanges.js';
import { TicketWatch } from './ticket-watch.js';

/** The clock's way in. */
@Injectable()
export class PlatformJobs {
  private readonly log = new Logger('PlatformJobs');

  constructor(
    private readonly exchanges: Exchanges,
    private readonly descriptions: AuthorizerDescriptions,
    private readonly codes: AuthorizationCodes,
    private readonly watch: TicketWatch,
    private readonly comparisons: Comparisons,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Interval('platform-exchanges', 1_000)
  exchange(): void {
    this.exchanges.run();
    this.descriptions.run();
  }

  @Interval('platform-tickets', 60_000)
  async watchTickets(): Promise<void> {
    await this.during('The tickets of platforms are not watched', () => this.watch.run());
  }

  @Interval('platform-comparisons', 60_000)
  async compare(): Promise<void> {
    await this.during('The authorizers of platforms are not compared', async () => {
      for (const platform of await this.comparisons.claimDue())
        await this.comparisons
          .compare(platform)
          .catch((error: Error) => this.log.warn(`The authorizers of ${platform} could not be compared: ${error.message}`));
    });
  }

  @Interval('platform-codes-kept', 3_600_000)
  async forgetOld(): Promise<void> {
    await this.during('Old authorization codes stay', () => this.codes.forgetOld());
  }

  private async during(otherwise: string, work: () => Promise<void>): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await work().catch((error: Error) => this.log.warn(`${otherwise}: ${error.message}`));
  }
}
