import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';

export type Stage = 'starting' | 'serving' | 'draining';

/**
 * The stage of this process. HTTP listens from the first moment, so that probes get an answer while the database is awaited.
 * Requests and jobs are done only while serving, and no new work begins while draining.
 */
@Injectable()
export class Lifecycle {
  private current: Stage = 'starting';
  private readonly drain = new AbortController();

  constructor() {
    // Every request that waits listens to it.
    setMaxListeners(0, this.drain.signal);
  }

  /** Aborts when draining begins. Whatever waits for news answers then, because a stop waits for its answer. */
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
