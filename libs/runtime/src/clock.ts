import { Injectable } from '@nestjs/common';

/**
 * The three times that there are. Machines' own clocks are wrong and are set: nothing that replicas compare, and no
 * duration, may depend on one.
 */
export abstract class Clock {
  /** The database's time, which all replicas share: for what ends, and for what is said of the time to others. */
  abstract now(): Date;

  /** Milliseconds on a clock that nobody sets: for durations. Only their differences mean anything. */
  abstract steady(): number;

  /** What this machine takes the time to be: only for judging whether what comes from outside was sent just now. */
  abstract ownTime(): Date;

  /** The database said what time it is, somewhen between `asked` and now on the steady clock. */
  abstract follow(databaseMilliseconds: number, asked: number): void;
}

/**
 * The database's time is heard at every poll, and carried on by the steady clock in between and while the database is
 * away. Each hearing leaves a doubt as long as it took, so it moves what is known no further than it must.
 */
@Injectable()
export class SystemClock extends Clock {
  /** What to add to the steady clock. Before the database was heard, the machine's own clock is all there is. */
  private ahead: number | undefined;

  override now(): Date {
    return this.ahead === undefined ? new Date() : new Date(performance.now() + this.ahead);
  }

  override steady(): number {
    return performance.now();
  }

  override ownTime(): Date {
    return new Date();
  }

  override follow(databaseMilliseconds: number, asked: number): void {
    const least = databaseMilliseconds - performance.now();
    const most = databaseMilliseconds - asked;
    this.ahead = Math.min(Math.max(this.ahead ?? (least + most) / 2, least), most);
  }
}
