import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AttemptHistory } from './attempt-history.js';
import { DeliveryWorker } from './delivery-worker.js';
import { SealedAddresses } from './sealed-addresses.js';
import { WebhookOwners } from './webhook-owners.js';

@Injectable()
export class WebhookJobs {
  constructor(
    private readonly attempts: AttemptHistory,
    private readonly worker: DeliveryWorker,
    private readonly sealedAddresses: SealedAddresses,
    private readonly webhookOwners: WebhookOwners,
  ) {}

  @Interval('webhook-attempts-kept', 600_000)
  forgetOld(): Promise<void> {
    return this.attempts.forgetOld();
  }

  @Interval('webhook-deliveries', 500)
  wake(): void {
    this.worker.wake();
  }

  @Interval('webhook-addresses', 5_000)
  sealRest(): Promise<void> {
    return this.sealedAddresses.sealRest();
  }

  @Interval('webhook-keys', 1_000)
  follow(): Promise<void> {
    return this.webhookOwners.follow();
  }
}
