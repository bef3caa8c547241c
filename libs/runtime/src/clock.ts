import { Injectable } from '@nestjs/common';

/** Time inside this process, for durations. What replicas compare is compared in SQL with the database's own time. */
export abstract class Clock {
  abstract now(): Date;
}

@Injectable()
export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
