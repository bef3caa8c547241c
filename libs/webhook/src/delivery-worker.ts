import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { KeptEvents } from '#callback';
import { Lifecycle, Metrics } from '#runtime';
import { Counter, Gauge } from 'prom-client';
import { DeliveryAttempts } from './delivery-attempts.js';
import { type Claim, DueDeliveries, type Result } from './due-deliveries.js';
import type { Attempt } from './receiver-http.js';
import { WebhookHealth } from './webhook-health.js';

/** Attempts at one receiver at the same time, from each replica. */
const concurrency = 10;
const farewellMilliseconds = 2_000;

/**
 * Makes the attempts that are due. Each turn writes the results of the last ones, counts free places, and claims the next ones
 * for each webhook. The attempts themselves hold up nobody.
 */
@Injectable()
export class DeliveryWorker implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('DeliveryWorker');
  private readonly outcomes: Counter<'webhook' | 'result'>;
  private readonly underWay = new Map<string, number>();
  private settled: Result[] = [];
  private isTurning = false;
  private isWoken = false;

  constructor(
    private readonly due: DueDeliveries,
    private readonly attempts: DeliveryAttempts,
    private readonly health: WebhookHealth,
    private readonly events: KeptEvents,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    this.outcomes = new Counter({
      name: 'wx_webhook_deliveries_total',
      help: 'Deliveries by webhook and what became of an attempt: delivered, waiting (for another attempt), failed, expired',
      labelNames: ['webhook', 'result'],
      registers: [metrics.registry],
    });
    const underWay: Gauge = new Gauge({
      name: 'wx_webhook_deliveries_under_way',
      help: 'Deliveries that receivers have not answered yet',
      registers: [metrics.registry],
      collect: () => underWay.set(this.underWayCount),
    });
  }

  get underWayCount(): number {
    return [...this.underWay.values()].reduce((sum, one) => sum + one, 0);
  }

  onModuleInit(): void {
    this.events.watch(() => this.wake());
  }

  /** Called by the clock too, for deliveries whose time has come and for those that other replicas left. */
  wake(): void {
    this.isWoken = true;
    if (!this.isTurning) void this.turn();
  }

  /** Attempts under way may finish. Others are made again when their lease ends. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const end = performance.now() + farewellMilliseconds; this.underWay.size > 0 && performance.now() < end;) {
      this.wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private async turn(): Promise<void> {
    this.isTurning = true;
    try {
      while (this.isWoken) {
        this.isWoken = false;
        await this.settle();
        if (!this.lifecycle.isServing) continue;
        const claims = await this.due.claim(concurrency, this.underWay);
        for (const claim of claims) void this.attempt(claim);
        // If there was something, there may be more for webhooks with free places.
        if (claims.length > 0) this.isWoken = true;
      }
    } catch (error) {
      this.log.warn(`Deliveries wait for the database: ${(error as Error).message}`);
    } finally {
      this.isTurning = false;
    }
  }

  /** Makes the attempt that a claim is for. Says what became of it, if anything was sent. */
  async attempt(claim: Claim): Promise<Attempt | undefined> {
    this.underWay.set(claim.webhookId, (this.underWay.get(claim.webhookId) ?? 0) + 1);
    try {
      const { result, attempt } = await this.attempts.make(claim);
      this.settled.push(result);
      return attempt;
    } catch (error) {
      this.log.warn(`A delivery of event ${claim.event.id} waits for another attempt: ${(error as Error).message}`);
      this.leave(claim);
      return undefined;
    } finally {
      this.wake();
    }
  }

  /** A place is free only when the result is written. */
  private async settle(): Promise<void> {
    const results = this.settled.splice(0);
    if (results.length === 0) return;
    try {
      await this.due.settle(results);
      await this.health.note(results);
    } finally {
      // An attempt whose result could not be written is made again when its lease ends.
      for (const { claim, state } of results) {
        this.leave(claim);
        this.outcomes.inc({ webhook: claim.webhookId, result: state });
      }
    }
  }

  private leave({ webhookId }: Claim): void {
    const left = (this.underWay.get(webhookId) ?? 1) - 1;
    if (left > 0) this.underWay.set(webhookId, left);
    else this.underWay.delete(webhookId);
  }
}
