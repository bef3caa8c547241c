import { Injectable } from '@nestjs/common';

export type Stage = 'starting' | 'serving' | 'draining';

/**
 * Where this process is in its life. HTTP listens from the first moment, so that probes get an answer while the
 * database is still awaited; work (requests, jobs) is done only while serving, and no new work is begun while draining.
 */
@Injectable()
export class Lifecycle {
  private current: Stage = 'starting';

  get stage(): Stage {
    return this.current;
  }

  get isServing(): boolean {
    return this.current === 'serving';
  }

  enter(stage: 'serving' | 'draining'): void {
    this.current = stage;
  }
}
