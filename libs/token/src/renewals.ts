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

/** The pause if WeChat repeats a dead credential that cannot be replaced by force. */
const againSeconds = 30;

/** Carries out claims: asks WeChat and keeps the result in the row, a credential or a failure. */
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
    // Every renewal that waits for its turn listens to it.
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

  /** Renews what is due, each at its turn. Nobody waits for these, and expected failures are kept in their rows. */
  renewDue(): Promise<void> {
    return this.toItsEnd(this.claimAndRenew());
  }

  /**
   * For callers who wait. It goes on even if they stop waiting. False if too many were before it: the clock then takes it, the
   * longest due first.
   */
  renewInTurn(claim: Claim): Promise<boolean> {
    return this.toItsEnd(this.takeTurnAndRenew(claim));
  }

  /** Asks whether WeChat still accepts it, and notes that. If not, it is buried and a new one fetched. */
  examine(claim: Claim, held: Held, standing: Standing): Promise<void> {
    return this.toItsEnd(this.examineAndReplace(claim, held, standing));
  }

  /** Waits for answers under way, which would be lost with the database. Claims that have not begun are given back. */
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
    // A slow database must not collect a queue of claims, and later callers have nothing to add.
    if (this.isClaiming) return;
    this.isClaiming = true;
    const claims = await this.leases.claimDue(this.host).finally(() => (this.isClaiming = false));
    await Promise.allSettled(claims.map((claim) => this.renewAfter(claim.afterSeconds, claim)));
  }

  private async takeTurnAndRenew(claim: Claim): Promise<boolean> {
    return this.renewAfter(await this.leases.takeTurn(this.host), claim);
  }

  /** False if that moment does not come. */
  private async renewAfter(seconds: number | undefined, claim: Claim): Promise<boolean> {
    if (seconds === undefined || !(await this.passes(seconds))) {
      await this.leases.giveBack(claim);
      return false;
    }
    await this.renew(claim);
    return true;
  }

  /** False if the gateway stops before. */
  private async passes(seconds: number): Promise<boolean> {
    return pause(seconds * 1_000, true, { signal: this.stopping.signal }).catch(() => false);
  }

  private async examineAndReplace(claim: Claim, held: Held, { secondsLeft }: Standing): Promise<void> {
    // WeChat itself replaces a stable token in its last minutes. Before that, only somebody else can have done it.
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

  /** No answer is no verdict: the credential stays as it was. */
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

  /** WeChat gave the dead one again. */
  private async force(claim: Claim, app: App, issuer: Issuer): Promise<Issued> {
    const limits = issuer.forceLimits?.(app);
    const refused = limits && (await this.deaths.takeForce(claim, limits));
    if (refused?.isUsedUp) throw new ForcedTokensUsedUp();
    if (refused) throw new TokenPending(app.appid, refused.pauseSeconds);
    const fresh = await issuer.replace(app);
    if (this.isBuried(claim, fresh)) throw new TokenPending(app.appid, limits?.secondsApart ?? againSeconds);
    return fresh;
  }

  /** Tries again while the storage is away, so that a token which WeChat has issued is not lost. */
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
    // A person must act on these. Other failures pass by themselves.
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
