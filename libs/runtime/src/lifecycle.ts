import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';

export type Stage = 'starting' | 'serving' | 'draining';

/**
 * Where this process is in its life. HTTP listens from the first moment, so that probes get an answer while the
 * database is still awaited; work (requests, jobs) is done only while serving, and no new work is begun while draining.
 */
@Injectable()
export class Lifecycle {
  private current: Stage = 'starting';
  private readonly drain = new AbortController();

  constructor() {
    // Everybody who waits listens to it.
    setMaxListeners(0, this.drain.signal);
  }

  /** Aborts when draining begins: whatever waits for news answers then, since a stop waits for its answer. */
  get draining(): AbortSignal {
    return this.drain.signal;
  }

  get stage(): Stage {
    return this.current;
  }

  get isServing(): boolean {
    return this.current === 'serving';
  }

  enter(stage: 'serving' | 'draining'): void {
    this.current = stage;
    if (stage === 'draining') this.drain.abort();
  }
}
