import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Apps, type App } from '#app';
import { GatewayError, StorageUnavailable } from '#errors';
import { Metrics, Randomness, within } from '#runtime';
import { Settings } from '#settings';
import { Vault } from '#vault';
import { AppNeedsAttention, ForcedTokensUsedUp, keepFailure } from '#wechat';
import { Counter } from 'prom-client';
import type { EntityManager } from 'typeorm';
import type { Held } from './credential-memory.js';
import { type CredentialName, placeOf } from './credential-name.js';
import { HeldCredentials } from './held-credentials.js';
import type { Issued, Issuer, Verdict } from './issuer.js';
import { patienceAfter } from './renewal-patience.js';
import { type Claim, RenewalLeases, type Standing } from './renewal-leases.js';
import { TokenDeaths } from './token-deaths.js';
import { TokenPending } from './token-errors.js';

/** Where WeChat goes on giving a dead one that cannot be forced. */
const againSeconds = 30;

/** Claims carried out: WeChat is asked, and what came of it is kept in the row, a credential or a failure. */
@Injectable()
export class Renewals implements OnModuleDestroy {
  private readonly log = new Logger('Renewals');
  private readonly issuers = new Map<string, Issuer>();
  private isClaiming = false;
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly stopping = new AbortController();
  private readonly renewals: Counter<'appid' | 'kind' | 'result'>;

  constructor(
    private readonly leases: RenewalLeases,
    private readonly deaths: TokenDeaths,
    private readonly held: HeldCredentials,
    private readonly apps: Apps,
    private readonly vault: Vault,
    private readonly settings: Settings,
    private readonly randomness: Randomness,
    metrics: Metrics,
  ) {
    // As many as wait for their turn listen to it.
    setMaxListeners(0, this.stopping.signal);
    this.renewals = new Counter({
      name: 'wx_token_renewals_total',
      help: 'Renewals by result: ok, overtaken, or the code of the failure',
      labelNames: ['appid', 'kind', 'result'],
      registers: [metrics.registry],
    });
    metrics.seenInBackground(
      {
        name: 'wx_token_needs_attention',
        help: 'Credentials that only a person can cure: /admin/v1/apps/{appid}/credentials says how. Set an alarm on it',
        labelNames: ['appid', 'kind'],
      },
      async () => (await leases.awaitingPerson()).map(({ appid, kind }) => ({ labels: { appid, kind }, value: 1 })),
    );
  }

  register(issuer: Issuer): void {
    this.issuers.set(issuer.kind, issuer);
  }

  issuerOf({ kind }: CredentialName): Issuer {
    const issuer = this.issuers.get(kind);
    if (!issuer) throw new StorageUnavailable(new Error(`Nobody issues ${kind}`));
    return issuer;
  }

  /** What is due, each at its turn. Nobody waits for these: failures that were expected are in the row by then. */
  renewDue(): Promise<void> {
    return this.toItsEnd(this.claimAndRenew());
  }

  /**
   * For callers who wait; it goes on to its end also when they no longer do. False where too many were before it: it is
   * left to the clock, which takes the longest due first.
   */
  renewInTurn(claim: Claim): Promise<boolean> {
    return this.toItsEnd(this.takeTurnAndRenew(claim));
  }

  /** Whether WeChat takes it after all, which is noted. Else it is buried, and a new one fetched. */
  examine(claim: Claim, held: Held, standing: Standing): Promise<void> {
    return this.toItsEnd(this.examineAndReplace(claim, held, standing));
  }

  /** Answers of WeChat that are under way would be lost with the database; what has not begun yet is given back. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await within(this.settings.shutdownSeconds * 1_000, Promise.allSettled(this.underWay));
  }

  private async toItsEnd<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
    }
  }

  private async claimAndRenew(): Promise<void> {
    // A database that is slow must not gather a queue of claims; who comes meanwhile has nothing to add.
    if (this.isClaiming) return;
    this.isClaiming = true;
    const claims = await this.leases.claimDue(this.host).finally(() => (this.isClaiming = false));
    await Promise.allSettled(claims.map((claim) => this.renewAfter(claim.afterSeconds, claim)));
  }

  private async takeTurnAndRenew(claim: Claim): Promise<boolean> {
    return this.renewAfter(await this.leases.takeTurn(this.host), claim);
  }

  /** False where that moment does not come. */
  private async renewAfter(seconds: number | undefined, claim: Claim): Promise<boolean> {
    if (seconds === undefined || !(await this.passes(seconds))) {
      await this.leases.giveBack(claim);
      return false;
    }
    await this.renew(claim);
    return true;
  }

  /** False where the gateway is stopped before. */
  private async passes(seconds: number): Promise<boolean> {
    return pause(seconds * 1_000, true, { signal: this.stopping.signal }).catch(() => false);
  }

  private async examineAndReplace(claim: Claim, held: Held, { secondsLeft }: Standing): Promise<void> {
    // In its last minutes a stable token is replaced by WeChat itself; before that, only by somebody else.
    const early = secondsLeft > 300;
    const app = await this.apps.get(claim.appid);
    const verdict = await this.verdictOn(claim, app, held.value);
    if (verdict.alive) {
      await this.leases.prove(claim);
      return;
    }
    this.log.warn(
      `A token of ${claim.appid} died ${Math.round(secondsLeft)} s before its time${early ? ': somebody else may hold the secret' : ''}`,
    );
    const widowed = await this.deaths.bury(claim, { early, fingerprint: this.fingerprint(held.value) });
    this.held.bury(claim, held.value);
    if (widowed.pauseSeconds > 0) throw new TokenPending(claim.appid, widowed.pauseSeconds);
    await this.fetchInto(widowed, (latest, issuer) => verdict.successor ?? issuer.issue(latest));
  }

  /** An answer that does not come is no verdict: the credential stays what it was. */
  private async verdictOn(claim: Claim, app: App, value: string): Promise<Verdict> {
    try {
      return await this.issuerOf(claim).examine(app, value);
    } catch (error) {
      await this.leases.giveBack(claim);
      this.log.warn(`Could not check whether the reported ${claim.kind} of ${claim.appid} is dead: ${(error as Error).message}`);
      throw error;
    }
  }

  private async renew(claim: Claim): Promise<void> {
    try {
      await this.fetchInto(claim, (app, issuer) => issuer.issue(app));
    } catch (error) {
      if (!(error instanceof GatewayError))
        this.log.error(`Renewing the ${claim.kind} of ${claim.appid} failed: ${(error as Error).message}`);
      throw error;
    }
  }

  private async fetchInto(claim: Claim, fetch: (app: App, issuer: Issuer) => Issued | Promise<Issued>): Promise<void> {
    let fresh: Issued;
    const issuer = this.issuerOf(claim);
    const app = await this.apps.get(claim.appid);
    if (!app.enabled) {
      await this.leases.awaitPerson(claim, app.revision, undefined);
      return;
    }
    const begun = performance.now();
    try {
      fresh = await fetch(app, issuer);
      if (this.isBuried(claim, fresh)) fresh = await this.force(claim, app, issuer);
    } catch (error) {
      await this.failed(claim, app, error);
      throw error;
    }
    // Its life began before the answer arrived.
    const lifetimeSeconds = Math.max(1, fresh.lifetimeSeconds - (performance.now() - begun) / 1_000);
    await this.keep(claim, { ...fresh, lifetimeSeconds }, issuer.window(app));
  }

  /** WeChat gave the very one again that proved dead. */
  private async force(claim: Claim, app: App, issuer: Issuer): Promise<Issued> {
    const limits = issuer.forceLimits?.(app);
    const refused = limits && (await this.deaths.takeForce(claim, limits));
    if (refused?.isUsedUp) throw new ForcedTokensUsedUp();
    if (refused) throw new TokenPending(app.appid, refused.pauseSeconds);
    const fresh = await issuer.replace(app);
    if (this.isBuried(claim, fresh)) throw new TokenPending(app.appid, limits?.secondsApart ?? againSeconds);
    return fresh;
  }

  /** Storage that is away for a moment must not cost a token that WeChat has issued. */
  private async keep(claim: Claim, fresh: Issued, window: ReturnType<Issuer['window']>): Promise<void> {
    const end = performance.now() + (this.settings.leaseSeconds / 2) * 1_000;
    for (;;) {
      try {
        const seal = (within: EntityManager): Promise<string> => this.vault.seal(placeOf(claim), fresh.value, within);
        const saved = await this.leases.save(claim, fresh, window, seal);
        this.count(claim, saved ? 'ok' : 'overtaken');
        const standing = await this.leases.standing(claim);
        if (standing) await this.held.take(claim, standing);
        return;
      } catch (error) {
        if (performance.now() >= end) throw error;
        this.log.warn(`A fresh credential of ${claim.appid} waits for the database: ${(error as Error).message}`);
        await pause(1_000);
      }
    }
  }

  private async failed(claim: Claim, app: App, error: unknown): Promise<void> {
    const kept = error instanceof GatewayError ? keepFailure(error) : undefined;
    this.count(claim, error instanceof GatewayError ? error.failure.code : 'bug');
    const isUsedUp = error instanceof ForcedTokensUsedUp;
    const text = `${claim.kind} of ${claim.appid} was not renewed: ${(error as Error).message}`;
    // A person must act on the one, and on what stands in conflict with our own state; the other heals by itself.
    if (isUsedUp || error instanceof AppNeedsAttention || (error instanceof GatewayError && error.failure.kind === 'conflict')) {
      await this.leases.awaitPerson(claim, app.revision, kept, { atMidnight: isUsedUp });
      this.log.error(text);
      return;
    }
    const failures = (await this.leases.standing(claim))?.failures ?? 0;
    await this.leases.fail(claim, kept, {
      tryAgainSeconds: patienceAfter(error, { failures, chance: this.randomness.fraction() }),
    });
    this.log.warn(text);
  }

  private get host(): string {
    return new URL(this.settings.wechatApiUrl).host;
  }

  private isBuried(claim: Claim, { value }: Issued): boolean {
    return claim.buried === this.fingerprint(value);
  }

  private fingerprint(value: string): string {
    return this.vault.fingerprint('credential', value).toString('hex');
  }

  private count({ appid, kind }: CredentialName, result: string): void {
    this.renewals.inc({ appid, kind, result });
  }
}
