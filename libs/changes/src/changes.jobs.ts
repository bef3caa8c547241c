import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Changes } from './changes.js';
import { Epoch } from './epoch.js';

@Injectable()
export class ChangesJobs {
  private readonly log = new Logger('ChangesJobs');
  private beating: Promise<void> | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly epoch: Epoch,
  ) {}

  @Interval('changes', 500)
  run(): Promise<void> {
    return this.changes.run();
  }

  @Interval('pulse', 1_000)
  async beat(): Promise<void> {
    this.beating ??= this.epoch
      .beat()
      .catch((error: Error) => this.log.debug(`The pulse of the database was not raised: ${error.message}`))
      .finally(() => (this.beating = undefined));
    await this.beating;
  }
}
