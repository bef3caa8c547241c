import { Injectable } from '@nestjs/common';

/**
 * Three kinds of time. Machines' clocks may be wrong or set, so nothing that replicas compare, and no duration, may depend on
 * one.
 */
export abstract class Clock {
  /** The database's time, which all replicas share: for expiry, and for every time that is told to others. */
  abstract now(): Date;

  /** Milliseconds on a clock that nobody sets, for durations. Only differences have a meaning. */
  abstract steady(): number;

  /** This machine's own time: only to judge whether something from outside was sent just now. */
  abstract ownTime(): Date;

  /** The database told its time, which it read between `asked` and now on the steady clock. */
  abstract follow(databaseMilliseconds: number, asked: number): void;
}

/**
 * Every poll hears the database's time, and the steady clock carries it on in between and while the database is away. A hearing
 * is as uncertain as it was long, so the time moves no further than it must.
 */
@Injectable()
export class SystemClock extends Clock {
  /** The difference to the steady clock. Until the database was heard, the machine's clock is all there is. */
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
