import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Accounts, AppDisabled } from '#account';
import { Clock, Metrics } from '#runtime';
import { Settings } from '#settings';
import { failureAgain } from '#wechat';
import { Gauge } from 'prom-client';
import { type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, textOf } from './credential-name.js';
import { HeldCredentials } from './held-credentials.js';
import type { Issuer } from './issuer.js';
import { RenewalLeases } from './renewal-leases.js';
import { Renewals } from './renewals.js';
import { NoSuchCredential, TokenPending, TooManyRejections } from './token-errors.js';

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
  /** Callers of this replica who find none alive share one wait. */
  private readonly obtaining = new Map<string, Promise<Held>>();
  private waiters = 0;

  constructor(
    private readonly held: HeldCredentials,
    private readonly leases: RenewalLeases,
    private readonly renewals: Renewals,
    private readonly accounts: Accounts,
    private readonly settings: Settings,
    private readonly clock: Clock,
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

  /** The hot path: a living credential from memory, or the wait for one. */
  current(name: CredentialName): LivingCredential | Promise<LivingCredential> {
    const held = this.held.get(name);
    return held ? living(held) : this.obtain(name);
  }

  /** Somebody says that WeChat refused this very value. Renewed once, whoever and however many say so. */
  async replace(name: CredentialName, reported: string): Promise<LivingCredential> {
    const end = this.clock.now().getTime() + patienceMilliseconds;
    do {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (!standing || !held || held.value !== reported) return this.current(name);
      if (standing.provenSecondsAgo !== null && standing.provenSecondsAgo < proofSeconds)
        return { ...living(held), stillValid: true };
      if (!standing.leased) {
        const claim = await this.leases.claimDoubted(name, standing.fence);
        if (claim === 'too-often') throw new TooManyRejections(name.appid, fewerReportsSeconds);
        if (claim !== 'taken')
          return (await this.renewals.examine(claim, held, standing))
            ? { ...living(held), stillValid: true }
            : this.current(name);
      }
      await pause(lookAgainMilliseconds);
    } while (this.clock.now().getTime() < end);
    throw new TokenPending(name.appid);
  }

  /** The clock's way in: renews what is due, each at its turn. */
  async renewDue(): Promise<void> {
    const claims = await this.leases.claimDue(this.host);
    await Promise.all(claims.map((claim) => this.renewals.renewAt(claim, claim.afterSeconds)));
  }

  private async obtain(name: CredentialName): Promise<LivingCredential> {
    const key = textOf(name);
    let obtaining = this.obtaining.get(key);
    if (!obtaining) {
      obtaining = this.waitFor(name).finally(() => this.obtaining.delete(key));
      this.obtaining.set(key, obtaining);
    }
    this.waiters++;
    try {
      return living(await obtaining);
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

  /** Joins the fetch under way on this or another replica, or begins it; never a second one. */
  private async waitFor(name: CredentialName): Promise<Held> {
    const end = this.clock.now().getTime() + patienceMilliseconds;
    const failuresBefore = (await this.leases.standing(name))?.failures ?? 0;
    do {
      await this.mustHave(name);
      const standing = await this.leases.standing(name);
      const held = standing && (await this.held.take(name, standing));
      if (held) return held;
      // It failed while we waited, or before and it is not yet time to try again.
      if (standing?.lastFailure && !standing.leased && (standing.failures > failuresBefore || standing.dueInSeconds > 0))
        throw failureAgain(standing.lastFailure);

      const claim = standing?.leased ? undefined : await this.leases.claimMissing(name);
      if (claim) {
        await pause((await this.leases.takeTurn(this.host)) * 1_000);
        await this.renewals.renew(claim);
        continue;
      }
      await pause(lookAgainMilliseconds);
    } while (this.clock.now().getTime() < end);
    throw new TokenPending(name.appid);
  }

  private get host(): string {
    return new URL(this.settings.wechatApiUrl).host;
  }
}

const living = (held: Held): LivingCredential => ({
  value: held.value,
  expiresAt: held.expiresAt,
  secondsLeft: secondsLeftOf(held),
});
