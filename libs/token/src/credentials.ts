import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Accounts, AppDisabled } from '#account';
import { Metrics } from '#runtime';
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
import { NoSuchCredential, TokenPending, TooManyRejections } from './token-errors.js';
import { within } from './within.js';

export interface LivingCredential {
  readonly value: string;
  readonly expiresAt: Date;
  readonly secondsLeft: number;
  /** It was reported dead, and WeChat takes it all the same. */
  readonly stillValid?: true;
}

const patienceMilliseconds = 10_000;
const lookAgainMilliseconds = 100;
/** A report within this time after a proof of life is answered by that proof. */
const proofSeconds = 10;
/** Reports are counted by the hour: when some of them may be forgotten. */
const fewerReportsSeconds = 900;

/**
 * Everything WeChat issues that expires: held, renewed ahead of time, handed out from memory. One engine for every
 * kind; what differs between kinds is in their issuers.
 */
@Injectable()
export class Credentials {
  /** Callers of this replica who find none alive share one look-out. */
  private readonly obtaining = new Map<string, Promise<Held>>();
  private readonly awaitedUntil = new Map<string, number>();
  private waiters = 0;

  constructor(
    private readonly held: HeldCredentials,
    private readonly leases: RenewalLeases,
    private readonly renewals: Renewals,
    private readonly accounts: Accounts,
    private readonly vault: Vault,
    metrics: Metrics,
  ) {
    const waiting: Gauge = new Gauge({
      name: 'wx_token_waiters',
      help: 'Callers waiting because no living credential is held',
      registers: [metrics.registry],
      collect: () => waiting.set(this.waiters),
    });
  }

  /** A kind more: called by its issuer's module at the start. */
  issueWith(issuer: Issuer): void {
    this.renewals.issueWith(issuer);
  }

  /** What is in memory and lives, without waiting for anything. */
  living(name: CredentialName): LivingCredential | undefined {
    const held = this.held.get(name);
    return held && living(held);
  }

  /** The hot path: a living credential from memory, or the wait for one. */
  current(name: CredentialName): LivingCredential | Promise<LivingCredential> {
    const held = this.held.get(name);
    return held ? living(held) : this.obtain(name, performance.now() + patienceMilliseconds);
  }

  /** Somebody says that WeChat refused this very value. Renewed once, whoever and however many say so. */
  async replace(name: CredentialName, reported: string): Promise<LivingCredential> {
    const end = performance.now() + patienceMilliseconds;
    for (;;) {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (!held) return this.obtain(name, end);
      if (held.value !== reported) return living(held);
      if (standing.provenSecondsAgo !== null && standing.provenSecondsAgo < proofSeconds)
        return { ...living(held), stillValid: true };

      const left = end - performance.now();
      if (left <= 0) throw new TokenPending(name.appid);
      const claim = standing.leased ? 'taken' : await this.leases.claimDoubted(name, standing.fence);
      if (claim === 'too-often') throw new TooManyRejections(name.appid, fewerReportsSeconds);
      await (claim === 'taken' ? pause(lookAgainMilliseconds) : within(left, this.renewals.examine(claim, held, standing)));
    }
  }

  /** WeChat gave it unasked, or another must be fetched: within the transaction of who was told so. Overtakes whoever renews it. */
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

  /** All credentials of an app end with the transaction, and none is renewed until something is kept for it again. */
  async retire(transaction: EntityManager, appid: string): Promise<void> {
    await this.leases.retire(transaction, appid);
  }

  /** What they waited for has come, or will have with the transaction. */
  async hurry(transaction: EntityManager, which: Hurried): Promise<void> {
    await this.leases.hurry(transaction, which);
  }

  /** The clock's way in: renews what is due, each at its turn. */
  async renewDue(): Promise<void> {
    await this.renewals.renewDue();
  }

  private async obtain(name: CredentialName, end: number): Promise<LivingCredential> {
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
      const held = (await within(end - performance.now(), obtaining)) ?? this.held.get(name);
      if (!held) throw new TokenPending(name.appid);
      return living(held);
    } finally {
      this.waiters--;
    }
  }

  private async mustHave(name: CredentialName): Promise<void> {
    const app = await this.accounts.get(name.appid);
    const whyNot = this.renewals.issuerOf(name).whyNot(app);
    if (whyNot !== undefined) throw new NoSuchCredential(app.appid, whyNot);
    if (!app.enabled) throw new AppDisabled(app.appid);
  }

  /** Joins the fetch under way on this or another replica, or begins it; never a second one. Ends when nobody waits. */
  private async lookOut(name: CredentialName): Promise<Held> {
    let failuresBefore: number | undefined;
    let isCrowded = false;
    for (;;) {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (held) return held;
      await this.renewals.issuerOf(name).mustBeReady?.(await this.accounts.get(name.appid));
      failuresBefore ??= standing?.failures ?? 0;
      // It failed while we waited, or before and it is not yet time to try again.
      if (standing?.lastFailure && !standing.leased && (standing.failures > failuresBefore || standing.dueInSeconds > 0))
        throw failureAgain(standing.lastFailure);

      const left = (this.awaitedUntil.get(textOf(name)) ?? 0) - performance.now();
      if (left <= 0) throw new TokenPending(name.appid);
      if (standing && !standing.leased && standing.dueInSeconds * 1_000 > left)
        throw new TokenPending(name.appid, standing.dueInSeconds);
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
