import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Accounts, type App, AppDisabled } from '#account';
import { Changes } from '#changes';
import { GatewayError, StorageUnavailable } from '#errors';
import { Clock, Metrics } from '#runtime';
import { Settings } from '#settings';
import { type Place, Vault } from '#vault';
import { AppNeedsAttention, type FreshToken, WechatQuotaReached, failureAgain, keepFailure } from '#wechat';
import { Counter, Gauge } from 'prom-client';
import { CredentialMemory, type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, textOf } from './credential-name.js';
import type { Issuer } from './issuer.js';
import { type Claim, RenewalLeases, type Standing } from './renewal-leases.js';
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
const hourSeconds = 3_600;

/**
 * Everything WeChat issues that expires: held, renewed ahead of time, handed out from memory. One engine for every
 * kind; what differs between kinds is in their issuers.
 */
@Injectable()
export class Credentials {
  private readonly log = new Logger('Credentials');
  private readonly issuers = new Map<string, Issuer>();
  private readonly memory = new CredentialMemory();
  /** Callers of this replica who find none alive share one wait. */
  private readonly obtaining = new Map<string, Promise<Held>>();
  private readonly unsure = new Set<string>();
  /** What was in memory when its app was disabled stays there, and is not handed out. */
  private readonly disabled = new Set<string>();
  private readonly renewals: Counter<'appid' | 'kind' | 'result'>;
  private waiters = 0;

  constructor(
    private readonly leases: RenewalLeases,
    private readonly accounts: Accounts,
    private readonly vault: Vault,
    private readonly settings: Settings,
    private readonly clock: Clock,
    changes: Changes,
    metrics: Metrics,
  ) {
    changes.watch('credential', (appid) => this.hear(appid));
    changes.watch('app', (appid) => void this.hearOfApp(appid));
    this.renewals = new Counter({
      name: 'wx_token_renewals_total',
      help: 'Renewals by result: ok, overtaken, or the code of the failure',
      labelNames: ['appid', 'kind', 'result'],
      registers: [metrics.registry],
    });
    const waiting: Gauge = new Gauge({
      name: 'wx_token_waiters',
      help: 'Callers waiting because no living credential is held',
      registers: [metrics.registry],
      collect: () => waiting.set(this.waiters),
    });
    const left: Gauge<'appid' | 'kind'> = new Gauge({
      name: 'wx_token_expires_in_seconds',
      help: 'How long each held credential still lives',
      labelNames: ['appid', 'kind'],
      registers: [metrics.registry],
      collect: () => {
        left.reset();
        for (const [name, held] of this.memory.living()) {
          const [appid = '', kind = ''] = name.split(' ');
          left.set({ appid, kind }, secondsLeftOf(held));
        }
      },
    });
  }

  /** A kind more: called by its issuer's module at the start. */
  issueWith(issuer: Issuer): void {
    this.issuers.set(issuer.kind, issuer);
  }

  /** The hot path: a living credential from memory, or the wait for one. */
  current(name: CredentialName): LivingCredential | Promise<LivingCredential> {
    const held = this.memory.get(textOf(name));
    if (!held || this.disabled.has(name.appid)) return this.obtain(name);
    if (this.unsure.has(textOf(name))) void this.reload(name);
    return living(held);
  }

  /** Somebody says that WeChat refused this very value. Renewed once, whoever and however many say so. */
  async replace(name: CredentialName, reported: string): Promise<LivingCredential> {
    const end = this.clock.now().getTime() + patienceMilliseconds;
    do {
      const standing = await this.leases.standing(name);
      const held = standing && (await this.take(name, standing));
      if (!standing || !held || held.value !== reported) return this.current(name);
      if (standing.provenSecondsAgo !== null && standing.provenSecondsAgo < proofSeconds)
        return { ...living(held), stillValid: true };
      if (!standing.leased) {
        const claim = await this.leases.claimDoubted(name, standing.fence);
        if (claim === 'too-often') throw new TooManyRejections(name.appid, hourSeconds / 4);
        if (claim !== 'taken') return this.examine(claim, held, standing);
      }
      await pause(lookAgainMilliseconds);
    } while (this.clock.now().getTime() < end);
    throw new TokenPending(name.appid);
  }

  /** The clock's way in: renews what is due, each at its turn. */
  async renewDue(): Promise<void> {
    const claims = await this.leases.claimDue(this.host);
    await Promise.all(
      claims.map(async (claim) => {
        await pause(claim.afterSeconds * 1_000);
        await this.renew(claim).catch((error: unknown) => this.logUnexpected(claim, error));
      }),
    );
  }

  private async obtain(name: CredentialName): Promise<LivingCredential> {
    const app = await this.accounts.get(name.appid);
    const whyNot = this.issuerOf(name).whyNot(app);
    if (whyNot !== undefined) throw new NoSuchCredential(app.appid, whyNot);
    if (!app.enabled) throw new AppDisabled(app.appid);

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

  /** Joins the fetch under way on this or another replica, or begins it; never a second one. */
  private async waitFor(name: CredentialName): Promise<Held> {
    const end = this.clock.now().getTime() + patienceMilliseconds;
    const failuresBefore = (await this.leases.standing(name))?.failures ?? 0;
    do {
      const standing = await this.leases.standing(name);
      const held = standing && (await this.take(name, standing));
      if (held) return held;
      // It failed while we waited, or before and it is not yet time to try again.
      if (standing?.lastFailure && !standing.leased && (standing.failures > failuresBefore || standing.dueInSeconds > 0))
        throw failureAgain(standing.lastFailure);

      const claim = standing?.leased ? undefined : await this.leases.claimMissing(name);
      if (claim) {
        await pause((await this.leases.takeTurn(this.host)) * 1_000);
        await this.renew(claim);
        continue;
      }
      await pause(lookAgainMilliseconds);
    } while (this.clock.now().getTime() < end);
    throw new TokenPending(name.appid);
  }

  private get host(): string {
    return new URL(this.settings.wechatApiUrl).host;
  }

  private async renew(claim: Claim): Promise<void> {
    await this.fetchInto(claim, (app, issuer) => issuer.issue(app));
  }

  private async examine(claim: Claim, held: Held, { secondsLeft }: Standing): Promise<LivingCredential> {
    const issuer = this.issuerOf(claim);
    // In its last minutes a stable token is replaced by WeChat itself; before that, only by somebody else.
    const early = secondsLeft > 300;
    let successor: FreshToken | undefined;
    try {
      const verdict = await issuer.examine(await this.accounts.get(claim.appid), held.value);
      if (verdict.alive) {
        await this.leases.prove(claim);
        return { ...living(held), stillValid: true };
      }
      successor = verdict.successor;
    } catch (error) {
      await this.failed(claim, error);
      throw error;
    }

    this.log.warn(
      `A token of ${claim.appid} died ${Math.round(secondsLeft)} s before its time${early ? ': somebody else may hold the secret' : ''}`,
    );
    await this.leases.bury(claim, { early });
    this.memory.drop(textOf(claim));
    await this.fetchInto(claim, async (app) => {
      const fresh = successor ?? (await issuer.replace(app));
      // Forced twice within half a minute, WeChat gives the same one again, and that one is dead.
      if (fresh.value === held.value) throw new TokenPending(app.appid, 30);
      return fresh;
    });
    return this.current(claim);
  }

  private async fetchInto(claim: Claim, fetch: (app: App, issuer: Issuer) => Promise<FreshToken>): Promise<void> {
    let fresh: FreshToken;
    const issuer = this.issuerOf(claim);
    const app = await this.accounts.get(claim.appid);
    // A disabled app is looked at again in an hour; enabling it makes it due at once.
    if (!app.enabled) {
      await this.leases.fail(claim, undefined, { tryAgainSeconds: hourSeconds, needsAttention: true });
      return;
    }
    const begun = performance.now();
    try {
      fresh = await fetch(app, issuer);
    } catch (error) {
      await this.failed(claim, error);
      throw error;
    }
    // Its life began before the answer arrived.
    const lifetimeSeconds = Math.max(1, fresh.lifetimeSeconds - (performance.now() - begun) / 1_000);
    await this.keep(claim, { ...fresh, lifetimeSeconds }, issuer.window(app));
  }

  /** Storage that is away for a moment must not cost a token that WeChat has issued. */
  private async keep(claim: Claim, fresh: FreshToken, window: ReturnType<Issuer['window']>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const sealedValue = await this.vault.seal(place(claim), fresh.value);
        const saved = await this.leases.save(claim, { ...fresh, sealedValue }, window);
        this.count(claim, saved ? 'ok' : 'overtaken');
        const standing = await this.leases.standing(claim);
        if (standing) await this.take(claim, standing);
        return;
      } catch (error) {
        if (attempt * 1_000 >= (this.settings.leaseSeconds / 2) * 1_000) throw error;
        this.log.warn(`A fresh credential of ${claim.appid} waits for the database: ${(error as Error).message}`);
        await pause(1_000);
      }
    }
  }

  private async failed(claim: Claim, error: unknown): Promise<void> {
    const kept = error instanceof GatewayError ? keepFailure(error) : undefined;
    this.count(claim, error instanceof GatewayError ? error.failure.code : 'bug');
    const failures = (await this.leases.standing(claim))?.failures ?? 0;
    const needsAttention = error instanceof AppNeedsAttention;
    await this.leases.fail(claim, kept, { needsAttention, tryAgainSeconds: patienceAfter(error, failures) });
    const text = `${claim.kind} of ${claim.appid} was not renewed: ${(error as Error).message}`;
    // A person must act on the one; the other heals by itself.
    if (needsAttention) this.log.error(text);
    else this.log.warn(text);
  }

  /** Puts what the row holds into memory, if it is alive. */
  private async take(name: CredentialName, standing: Standing): Promise<Held | undefined> {
    const key = textOf(name);
    if (standing.sealedValue === null || standing.expiresAt === null || standing.secondsLeft <= 0) {
      this.memory.drop(key);
      return undefined;
    }
    const value = await this.vault.open(place(name), standing.sealedValue);
    this.memory.put(key, {
      value,
      fence: BigInt(standing.fence),
      expiresAt: standing.expiresAt,
      secondsLeft: standing.secondsLeft,
    });
    this.unsure.delete(key);
    return this.memory.get(key);
  }

  /** Another replica renewed it. What is held is served until the new one is read: the database may be away just now. */
  private hear(appid: string | undefined): void {
    for (const key of this.memory.namesStartingWith(appid === undefined ? '' : `${appid} `)) {
      const [of = '', kind = ''] = key.split(' ');
      this.unsure.add(key);
      void this.reload({ appid: of, kind });
    }
  }

  private async reload(name: CredentialName): Promise<void> {
    const key = textOf(name);
    if (!this.unsure.delete(key)) return;
    try {
      const standing = await this.leases.standing(name);
      if (standing) await this.take(name, standing);
      else this.memory.drop(key);
    } catch {
      this.unsure.add(key);
    }
  }

  private async hearOfApp(appid: string | undefined): Promise<void> {
    if (appid === undefined) return;
    try {
      const { enabled, updatedAt } = await this.accounts.get(appid);
      if (enabled) this.disabled.delete(appid);
      else this.disabled.add(appid);
      await this.leases.tryAgain(appid, { changedAt: updatedAt });
    } catch {
      // It was deleted, or the database is away: the hourly attempt remains.
    }
  }

  private count({ appid, kind }: CredentialName, result: string): void {
    this.renewals.inc({ appid, kind, result });
  }

  private logUnexpected(claim: Claim, error: unknown): void {
    if (!(error instanceof GatewayError)) this.log.error(`${claim.kind} of ${claim.appid}: ${(error as Error).message}`);
  }

  private issuerOf({ kind }: CredentialName): Issuer {
    const issuer = this.issuers.get(kind);
    if (!issuer) throw new StorageUnavailable(new Error(`Nobody issues ${kind}`));
    return issuer;
  }
}

/** Verdicts that only a person can cure are often cured in WeChat's console, where nobody tells us: looked at once an hour. */
function patienceAfter(error: unknown, failures: number): number {
  if (error instanceof AppNeedsAttention) return hourSeconds;
  const spread = 0.8 + Math.random() * 0.4;
  if (error instanceof WechatQuotaReached) return Math.min(hourSeconds, 60 * 2 ** failures) * spread;
  return Math.min(24, 2 ** failures) * spread;
}

const living = (held: Held): LivingCredential => ({
  value: held.value,
  expiresAt: held.expiresAt,
  secondsLeft: secondsLeftOf(held),
});

const place = ({ appid, kind }: CredentialName): Place => ({
  table: 'credential',
  column: 'sealed_value',
  row: kind,
  owner: appid,
});
