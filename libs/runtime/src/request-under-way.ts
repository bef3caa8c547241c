import { AsyncLocalStorage } from 'node:async_hooks';

/** The request that something is done for, wherever in the house it is done. */
export interface RequestUnderWay {
  readonly id: string;
  /** When its first byte came, as well as can be known, on the steady clock; of pushes, which WeChat waits for so long. */
  readonly arrivedAt?: number | undefined;
  /** Known once the guard has let it in. */
  caller?: string;
}

export const requestUnderWay = new AsyncLocalStorage<RequestUnderWay>();
