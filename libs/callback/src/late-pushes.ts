import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '#runtime';
import { Counter } from 'prom-client';
import { PushNotInTime } from './callback-errors.js';

/**
 * WeChat hangs up five seconds after it began to send, and comes again twice. What is not stored by then it must not find
 * stored later, without having been told: so it leaves before its commit begins, and has a little longer once it began.
 */
export const storeMilliseconds = 4_000;
export const commitMilliseconds = 4_300;

const warningMilliseconds = 60_000;

/** Pushes that are refused since their time is over, or would be. */
@Injectable()
export class LatePushes {
  /** Made once: where many are refused, making the stack of each would be a tenth of the work. */
  readonly failure = new PushNotInTime();
  private readonly log = new Logger('LatePushes');
  private readonly refused: Counter<'stage'>;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(metrics: Metrics) {
    this.refused = new Counter({
      name: 'wx_callbacks_not_in_time_total',
      help: 'Pushes refused with 503 for want of time: at the door unread, in the queue unwritten, in a commit that hangs',
      labelNames: ['stage'],
      registers: [metrics.registry],
    });
  }

  note(stage: 'door' | 'queue' | 'commit'): void {
    this.refused.inc({ stage });
    const now = performance.now();
    if (now - this.warnedAt < warningMilliseconds) return;
    this.warnedAt = now;
    this.log.warn(
      'Pushes come faster than they can be stored: what would not be stored within four seconds is refused (503), and WeChat sends it again, twice',
    );
  }
}
