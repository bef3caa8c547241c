import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Apps, AppDisabled } from '#app';
import { Clock, Lifecycle, Metrics, within } from '#runtime';
import { Vault } from '#vault';
import { type FreshToken, failureAgain } from '#wechat';
import { Gauge } from 'prom-client';
import type { EntityManager } from 'typeorm';
import { type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, placeOf, textOf } from './credential-name.js';
import { HeldCredentials } from './held-credentials.js';
import type { Issuer, RenewalWindow } from './issuer.js';
import { type Claim, type Hurried, RenewalLeases } from './renewal-leases.js';
import { Renewals } from './renewals.js';
import { NoSuchCredential, TokenPending } from './token-errors.js';

export interface LivingCredential {
  readonly value: string;
  readonly expiresAt: Date;
  readonly secondsLeft: number;
  /** It was reported dead, but WeChat still accepts it. */
  readonly stillValid?: true;
}

interface Wait {
  readonly end: number;
  /** Ends the wait when draining begins. A wait that begins later is short anyway. */
  readonly stop: AbortSignal | undefined;
}

const patienceMilliseconds = 10_000;
const lookAgainMilliseconds = 100;
/** WeChat mostly answers within this time. While draining nobody waits longer. */
const drainingMilliseconds = 1_000;
/** A report this soon after a proof of life gets that proof as its answer. */
const proofSeconds = 10;

/**
 * Everything with an expiry that WeChat issues: held, renewed ahead of time, handed out from memory. One engine serves every
 * kind; what differs is in the issuers.
 */
@Injectable()
export class Credentials {
  /** Callers of this replica who find no living credential share one wait. */
  private readonly obtaining = new Map<string, Promise<Held>>();
  private readonly awaitedUntil = new Map<string, number>();
  /** Callers who report the same credential share one check, and its failure. */
  private readonly replacing = new Map<string, Promise<LivingCredential>>();
  private readonly stopping = new AbortController();
  private waiters = 0;

  constructor(
    private readonly held: HeldCredentials,
    private readonly leases: RenewalLeases,
    private readonly renewals: Renewals,
    private readonly apps: Apps,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    setMaxListeners(0, this.stopping.signal);
    lifecycle.draining.addEventListener('abort', () => {
      setTimeout(() => this.endWaits(), drainingMilliseconds).unref();
    });
    const waiting: Gauge = new Gauge({
      name: 'wx_token_waiters',
      help: 'Callers waiting because no living credential is held',
      registers: [metrics.registry],
      collect: () => waiting.set(this.waiters),
    });
  }

  /** The module of an issuer calls this at the start, once for each kind. */
  register(issuer: Issuer): void {
    this.renewals.register(issuer);
  }

  /** The living credential in memory, without waiting. */
  living(name: CredentialName): LivingCredential | undefined {
    const held = this.held.get(name);
    return held && living(held);
  }

  /** The hot path: a living credential from memory, or the wait for one. */
  current(name: CredentialName): LivingCredential | Promise<LivingCredential> {
    const held = this.held.get(name);
    return held ? living(held) : this.obtain(name, this.newWait());
  }

  /** Somebody says that WeChat refused this value. It is renewed once, however many callers say so. */
  replace(name: CredentialName, reported: string): Promise<LivingCredential> {
    const key = `${textOf(name)} ${reported}`;
    let replacing = this.replacing.get(key);
    if (!replacing) {
      replacing = this.lookInto(name, reported).finally(() => this.replacing.delete(key));
      this.replacing.set(key, replacing);
    }
    return replacing;
  }

  /** The operator asks: what waits for a person or in a pause is tried now. */
  beginAnew(appid: string): Promise<void> {
    return this.leases.beginAnew(appid);
  }

  private async lookInto(name: CredentialName, reported: string): Promise<LivingCredential> {
    const wait = this.newWait();
    for (;;) {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (!held) return this.obtain(name, wait);
      if (held.value !== reported) return living(held);
      if (standing.provenSecondsAgo !== null && standing.provenSecondsAgo < proofSeconds)
        return { ...living(held), stillValid: true };

      const left = wait.end - performance.now();
      if (left <= 0 || wait.stop?.aborted) throw new TokenPending(name.appid);
      const claim = standing.leased ? undefined : await this.leases.claimDoubted(name, standing.fence);
      await (claim ? within(left, this.renewals.examine(claim, held, standing), wait.stop) : pause(lookAgainMilliseconds));
    }
  }

  /** WeChat gave a value unasked, or another is needed. Runs in the caller's transaction and overtakes a renewal. */
  async keepGiven(
    transaction: EntityManager,
    name: CredentialName,
    given: { readonly fresh: FreshToken; readonly window: RenewalWindow } | undefined,
  ): Promise<void> {
    await this.leases.keepGiven(
      transaction,
      name,
      given && {
        sealed: await this.vault.seal(placeOf(name), given.fresh.value, transaction),
        lifetimeSeconds: given.fresh.lifetimeSeconds,
        window: given.window,
      },
    );
  }

  /** All credentials of an app end with the transaction. None is renewed until one is kept again. */
  async retire(transaction: EntityManager, appid: string): Promise<void> {
    await this.leases.retire(transaction, appid);
  }

  /** What they waited for has arrived, or arrives with the transaction. */
  async hurry(transaction: EntityManager, which: Hurried): Promise<void> {
    await this.leases.hurry(transaction, which);
  }

  /** Called by the clock: renews what is due. */
  async renewDue(): Promise<void> {
    await this.renewals.renewDue();
  }

  private async obtain(name: CredentialName, { end, stop }: Wait): Promise<LivingCredential> {
    const key = textOf(name);
    this.awaitedUntil.set(key, Math.max(end, this.awaitedUntil.get(key) ?? 0));
    let obtaining = this.obtaining.get(key);
    if (!obtaining) {
      obtaining = this.lookOut(name).finally(() => {
        this.obtaining.delete(key);
        this.awaitedUntil.delete(key);
      });
      this.obtaining.set(key, obtaining);
    }
    this.waiters++;
    try {
      const held = (await within(end - performance.now(), obtaining, stop)) ?? this.held.get(name);
      if (!held) throw new TokenPending(name.appid);
      return living(held);
    } finally {
      this.waiters--;
    }
  }

  private newWait(): Wait {
    const isDraining = this.lifecycle.draining.aborted;
    const milliseconds = isDraining ? drainingMilliseconds : patienceMilliseconds;
    return { end: performance.now() + milliseconds, stop: isDraining ? undefined : this.stopping.signal };
  }

  private endWaits(): void {
    this.stopping.abort();
    for (const key of this.awaitedUntil.keys()) this.awaitedUntil.set(key, performance.now());
  }

  private async mustHave(name: CredentialName): Promise<void> {
    const app = await this.apps.get(name.appid);
    const whyNot = this.renewals.issuerOf(name).whyNot(app);
    if (whyNot !== undefined) throw new NoSuchCredential(app.appid, whyNot);
    if (!app.enabled) throw new AppDisabled(app.appid);
  }

  /** Joins the fetch under way on any replica, or begins it; there is never a second one. Ends when nobody waits. */
  private async lookOut(name: CredentialName): Promise<Held> {
    let failuresBefore: number | undefined;
    let isCrowded = false;
    for (;;) {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (held) return held;
      await this.renewals.issuerOf(name).mustBeReady?.(await this.apps.get(name.appid));
      failuresBefore ??= standing?.failures ?? 0;
      // It failed while we waited, or before and it is not yet time to try again.
      if (standing?.lastFailure && !standing.leased && (standing.failures > failuresBefore || standing.dueInSeconds > 0))
        throw failureAgain(standing.lastFailure, this.clock.now());

      const left = (this.awaitedUntil.get(textOf(name)) ?? 0) - performance.now();
      if (left <= 0) throw new TokenPending(name.appid);
      // The pause after many deaths has not ended, or what it waits for has not arrived.
      if (standing && !standing.leased && standing.dueInSeconds > 0) throw new TokenPending(name.appid, standing.dueInSeconds);
      const claim: Claim | undefined = standing?.leased || isCrowded ? undefined : await this.leases.claimMissing(name);
      if (claim) isCrowded = (await within(left, this.renewals.renewInTurn(claim))) === false;
      else await pause(lookAgainMilliseconds);
    }
  }
}

const living = (held: Held): LivingCredential => ({
  value: held.value,
  expiresAt: held.expiresAt,
  secondsLeft: secondsLeftOf(held),
});
