import { AsyncLocalStorage } from 'node:async_hooks';

/** The request that something is done for, wherever in the house it is done. */
export interface RequestUnderWay {
  readonly id: string;
  /** Known once the guard has let it in. */
  caller?: string;
}

export const requestUnderWay = new AsyncLocalStorage<RequestUnderWay>();
