import type { App } from '#app';
import type { Sentence } from '#errors';
import type { FreshToken } from '#wechat';
import type { EntityManager } from 'typeorm';

/** What WeChat gave, with the work that must be committed with it: in the transaction that saves it, under its fence. */
export interface Issued extends FreshToken {
  readonly alongside?: ((transaction: EntityManager) => Promise<void>) | undefined;
}

/** How long before its end a credential is renewed: a random time between `earliest` and `latest`, to spread the apps. */
export interface RenewalWindow {
  readonly earliestSeconds: number;
  readonly latestSeconds: number;
}

/** Whether WeChat still accepts a credential that was reported dead, with WeChat's current one if it was asked for that. */
export type Verdict = { readonly alive: true } | { readonly alive: false; readonly successor?: Issued | undefined };

/** How often WeChat can be forced to give another. */
export interface ForceLimits {
  readonly secondsApart: number;
  /** Counted by the days of China. */
  readonly perDay: number;
}

/** What the engine must know of one kind of credential. The engine knows no kind by name. */
export interface Issuer {
  readonly kind: string;
  /** Why an app of this sort has no such credential; nothing if it has. */
  whyNot(app: App): Sentence | undefined;
  /** Throws where asking WeChat would be of no use now: told to those who wait. */
  mustBeReady?(app: App): Promise<void>;
  window(app: App): RenewalWindow;
  /** Asks WeChat. Called outside any transaction, by one gateway at a time. */
  issue(app: App): Promise<Issued>;
  /** Asks WeChat about a credential reported dead, without killing it. */
  examine(app: App, value: string): Promise<Verdict>;
  /** Gets another by force, if WeChat gave the dead one again. */
  replace(app: App): Promise<Issued>;
  /** Undefined if `replace` is a fetch like any other. */
  forceLimits?(app: App): ForceLimits | undefined;
}
