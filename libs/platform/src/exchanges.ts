import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Apps } from '#app';
import { GatewayError } from '#errors';
import { Lifecycle, Metrics, within } from '#runtime';
import { Settings } from '#settings';
import { AccessTokens } from '#token';
import { CodeInvalid, CodeUsed, describeAuthorizer, isNotAuthorized, queryAuthorization } from '#wechat';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import { AuthorizerDescriptions } from './authorizer-descriptions.js';
import { AuthorizationCodes, type ClaimedCode, type Outcome, answerLost } from './authorization-codes.js';
import { Authorizations, type Given } from './authorizations.js';
import { Comparisons } from './comparisons.js';
import { ReleaseTestAnswers } from './release-test-answers.js';

const workersMax = 3;
const patienceMilliseconds = 6_000;
const lookAgainMilliseconds = 50;
/** A code lives that long at most: whoever came with it authorised within this time. */
const hourMilliseconds = 3_600_000;

const revokedMeanwhile = 'WeChat says that the authorizer does not authorise the platform, or no longer';

/** Codes exchanged for what they stand for. What WeChat gives is committed before anything is done with it. */
@Injectable()
export class Exchanges implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Exchanges');
  private readonly results: Counter<'platform' | 'result'>;
  private readonly working = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly codes: AuthorizationCodes,
    private readonly authorizations: Authorizations,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly comparisons: Comparisons,
    private readonly descriptions: AuthorizerDescriptions,
    private readonly tests: ReleaseTestAnswers,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.results = new Counter({
      name: 'wx_platform_exchanges_total',
      help: 'Authorization codes by result: kept, overtaken (something newer is known), recovered, failed, lost, later',
      labelNames: ['platform', 'result'],
      registers: [metrics.registry],
    });
  }

  onModuleInit(): void {
    this.codes.watch(() => this.run());
  }

  /** Works off what is due, a few at a time. */
  run(): void {
    if (!this.lifecycle.isServing || this.working.size >= workersMax) return;
    const work = this.work().finally(() => this.working.delete(work));
    this.working.add(work);
  }

  /** Answers of WeChat that are under way would be lost with the database. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await within(this.settings.shutdownSeconds * 1_000, Promise.all(this.working));
  }

  /** What becomes of a code, for a person who waits for it: not for long, since it goes on without them. */
  async outcome(platform: string, id: string): Promise<Outcome> {
    const end = performance.now() + patienceMilliseconds;
    for (;;) {
      const seen = await this.codes.outcome(platform, id);
      if (seen && (seen.state !== 'waiting' || seen.failure !== null)) return seen;
      if (performance.now() >= end || this.lifecycle.draining.aborted) return seen ?? { state: 'waiting', failure: null };
      await pause(lookAgainMilliseconds);
    }
  }

  private async work(): Promise<void> {
    try {
      for (let claim = await this.codes.claim(); claim; claim = await this.codes.claim()) {
        this.run();
        await this.carryOut(claim);
        if (!this.lifecycle.isServing) return;
      }
    } catch (error) {
      this.log.warn(`Authorization codes wait to be exchanged: ${(error as Error).message}`);
    }
  }

  private async carryOut(claim: ClaimedCode): Promise<void> {
    try {
      if (claim.state === 'waiting') await this.exchange(claim);
      else await this.answerTest(claim);
    } catch (error) {
      await this.postpone(claim, error);
    }
  }

  private async exchange(claim: ClaimedCode): Promise<void> {
    const { platform, code } = claim;
    if (code === null) return this.recover(claim);
    let given: Given;
    try {
      const said = await this.tokens.call(queryAuthorization, platform, code);
      const { authorizer: appid, access, refreshToken, granted } = said;
      given = { appid, platform, asOf: claim.asOf, access, refreshToken, granted };
    } catch (error) {
      if (error instanceof CodeInvalid || error instanceof CodeUsed) return this.recover(claim);
      if (isNotAuthorized(error)) return this.fail(claim, revokedMeanwhile);
      throw error;
    }
    if (claim.authorizer !== null && claim.authorizer !== given.appid)
      this.log.warn(`An authorization code announced for ${claim.authorizer} belonged to ${given.appid}`);
    this.count(claim, await this.keepPatiently(claim, given));
  }

  /** Storage that is away for a moment must not cost what WeChat gave: it would have to be asked for it. */
  private async keepPatiently(claim: ClaimedCode, given: Given): Promise<'kept' | 'overtaken'> {
    const end = performance.now() + (this.settings.leaseSeconds / 2) * 1_000;
    for (;;) {
      try {
        return await this.keep(claim, given);
      } catch (error) {
        if (performance.now() >= end || this.stopping.signal.aborted) throw error;
        this.log.warn(`What ${given.appid} authorised waits for the database: ${(error as Error).message}`);
        await pause(1_000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async keep(claim: ClaimedCode, given: Given): Promise<'kept' | 'overtaken'> {
    const kept = await this.database.transaction(async (transaction) => {
      const kept = await this.authorizations.keep(transaction, given);
      // Whoever claimed it since was told by WeChat that the code is used up, and finds what is kept here.
      await this.codes.settle(transaction, claim, given.appid);
      return kept;
    });
    this.apps.changed(given.appid);
    this.log.log(`${given.appid} authorised ${given.platform}${kept ? '' : ', but something newer is known'}`);
    this.descriptions.run();
    this.run();
    return kept ? 'kept' : 'overtaken';
  }

  /** The code is used up, expired, or was never one: WeChat still says what stands, and names the refresh token. */
  private async recover(claim: ClaimedCode): Promise<void> {
    const { platform, authorizer } = claim;
    if (authorizer !== null) {
      const said = await this.tokens.call(describeAuthorizer, platform, authorizer).catch((error: unknown) => {
        if (isNotAuthorized(error)) return undefined;
        throw error;
      });
      if (!said) return this.fail(claim, revokedMeanwhile);
      const { refreshToken, granted } = said;
      await this.keep(claim, { appid: authorizer, platform, asOf: claim.asOf, access: null, refreshToken, granted });
      this.count(claim, 'recovered');
      return;
    }
    // Nobody has told whose it is. Never asked before, it was not our answer that got lost.
    if (claim.attempts === 1) return this.fail(claim, 'WeChat does not know the code, or it was used elsewhere');
    const { healed } = await this.comparisons.compare(platform, {
      adoptSince: new Date(claim.arrivedAt.getTime() - hourMilliseconds),
    });
    const [found] = healed;
    if (found === undefined) {
      this.log.error(`${platform}: ${answerLost}; look at GET /admin/v1/platforms/${platform}`);
      this.count(claim, 'lost');
      await this.codes.fail(claim, answerLost);
      return;
    }
    await this.database.transaction((transaction) => this.codes.settle(transaction, claim, found));
    this.count(claim, 'recovered');
  }

  private async answerTest(claim: ClaimedCode): Promise<void> {
    await this.tests.sendCode(claim);
    // Such an authorizer is WeChat's, for the length of a test. Kept, it would be reported as lost ever after.
    const { authorizer: appid, platform, asOf } = claim;
    if (appid !== null && asOf !== null)
      await this.database.transaction((transaction) =>
        this.authorizations.revoke(transaction, { appid, platform }, { at: asOf, isOver: true }),
      );
    await this.codes.done(claim);
  }

  private async fail(claim: ClaimedCode, why: string): Promise<void> {
    this.log.warn(`A code of ${claim.authorizer ?? 'an authorizer'} for ${claim.platform} failed: ${why}`);
    this.count(claim, 'failed');
    await this.codes.fail(claim, why);
  }

  /** Its lease is over later where that cannot be written: another gateway tries again then. */
  private async postpone(claim: ClaimedCode, error: unknown): Promise<void> {
    const why = error instanceof GatewayError ? error.message : 'an error of the gateway';
    if (!(error instanceof GatewayError))
      this.log.error(`Exchanging an authorization code of ${claim.platform} failed: ${(error as Error).message}`);
    this.count(claim, 'later');
    const givenUp = await this.codes.postpone(claim, why, Math.min(60, 2 ** claim.attempts)).catch(() => false);
    const text = `A code of ${claim.authorizer ?? 'an authorizer'} for ${claim.platform} was not exchanged: ${why}`;
    if (givenUp) this.log.error(`${text}; no further attempt is made`);
    else this.log.warn(text);
  }

  private count({ platform }: ClaimedCode, result: string): void {
    this.results.inc({ platform, result });
  }
}
