import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Settings } from '#settings';
import type { KeptFailure } from '#wechat';
import { type EntityManager, Repository } from 'typeorm';
import type { CredentialName } from './credential-name.js';
import { Credential } from './credential.entity.js';
import type { Issued, RenewalWindow } from './issuer.js';

/** The right to ask WeChat for one credential, until the lease ends or another claim raises the fence. */
export interface Claim extends CredentialName {
  readonly fence: string;
  /** The fingerprint of the last value that proved dead. */
  readonly buried: string | null;
}

/** A row as it stands at the database's own time, since the clocks of replicas differ. */
export interface Standing {
  readonly sealedValue: string | null;
  readonly fence: string;
  readonly expiresAt: Date | null;
  /** Zero or less when it is over. */
  readonly secondsLeft: number;
  readonly leased: boolean;
  /** Zero or less when it is due. */
  readonly dueInSeconds: number;
  readonly lastFailure: KeptFailure | null;
  readonly failures: number;
  readonly provenSecondsAgo: number | null;
}

/** Credentials to be tried again before their time. */
export interface Hurried {
  readonly appids: readonly string[];
  readonly kind: string;
  readonly alsoForPerson?: boolean;
}

const doubtsPerHour = 20;
/** Verdicts that only a person can cure are often cured in WeChat's console, where nobody tells us. */
const curedUnheardSeconds = 3_600;
/** Every replica has heard of a change by then. */
const hearingSeconds = 1;

/**
 * Who may ask WeChat, decided by Postgres alone: a claim is one conditional statement that takes a lease and raises
 * the fence, and whatever comes back is written only under the fence it was claimed with. No lock is held meanwhile.
 */
@Injectable()
export class RenewalLeases {
  constructor(
    @InjectRepository(Credential) private readonly rows: Repository<Credential>,
    private readonly settings: Settings,
  ) {}

  async standing({ appid, kind }: CredentialName): Promise<Standing | undefined> {
    const rows: Standing[] = await this.rows.query(
      `SELECT sealed_value AS "sealedValue", fence, expires_at AS "expiresAt", last_failure AS "lastFailure", failures,
              coalesce(extract(epoch FROM expires_at - now()), 0)::float8 AS "secondsLeft",
              coalesce(leased_until > now(), false) AS leased,
              extract(epoch FROM renew_at - now())::float8 AS "dueInSeconds",
              extract(epoch FROM now() - proven_at)::float8 AS "provenSecondsAgo"
         FROM credential WHERE appid = $1 AND kind = $2`,
      [appid, kind],
    );
    return rows[0];
  }

  /** The due ones, as many as the pace allows; each goes out at its turn, so that WeChat sees no crowd. */
  async claimDue(host: string): Promise<(Claim & { afterSeconds: number })[]> {
    const cap = this.settings.renewalsPerSecond;
    return this.rows.manager.transaction(async (transaction) => {
      const [pace] = await transaction.query<{ ahead: number }[]>(
        `INSERT INTO upstream_pace AS pace (host, next_turn) VALUES ($1, now())
         ON CONFLICT (host) DO UPDATE SET next_turn = greatest(pace.next_turn, now())
         RETURNING extract(epoch FROM next_turn - now())::float8 AS ahead`,
        [host],
      );
      // The pace row is locked until commit, so replicas share out the coming second instead of each taking all of it.
      const ahead = pace?.ahead ?? 0;
      const room = Math.floor((1 - ahead) * cap);
      if (room <= 0) return [];
      const [claims] = await transaction.query<[Claim[], number]>(
        `UPDATE credential SET leased_until = now() + make_interval(secs => $2), fence = fence + 1
          WHERE (appid, kind) IN (
            SELECT appid, kind FROM credential
             WHERE renew_at <= now() AND (leased_until IS NULL OR leased_until <= now())
             ORDER BY renew_at LIMIT $1 FOR UPDATE SKIP LOCKED)
          RETURNING appid, kind, fence, buried`,
        [room, this.settings.leaseSeconds],
      );
      if (claims.length > 0)
        await transaction.query(`UPDATE upstream_pace SET next_turn = next_turn + make_interval(secs => $2) WHERE host = $1`, [
          host,
          claims.length / cap,
        ]);
      return claims.map((claim, place) => ({ ...claim, afterSeconds: ahead + place / cap }));
    });
  }

  /**
   * The seconds until a call that nobody planned may go out: those whose callers wait share the same pace. None where so
   * many are before it that the lease might not last, and no turn is taken then.
   */
  async takeTurn(host: string): Promise<number | undefined> {
    const [pace] = await this.rows.query<{ ahead: number }[]>(
      `INSERT INTO upstream_pace AS pace (host, next_turn) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT (host) DO UPDATE SET next_turn = greatest(pace.next_turn, now()) + make_interval(secs => $2)
        WHERE pace.next_turn <= now() + make_interval(secs => $3)
       RETURNING extract(epoch FROM next_turn - now())::float8 - $2 AS ahead`,
      [host, 1 / this.settings.renewalsPerSecond, this.settings.leaseSeconds / 6],
    );
    return pace && Math.max(0, pace.ahead);
  }

  /**
   * For a caller who finds none alive. Nothing when another gateway has it, when it is not yet time to try again, or
   * when the app is gone: its row is locked, since it might otherwise go between being seen and being referred to.
   */
  async claimMissing({ appid, kind }: CredentialName): Promise<Claim | undefined> {
    const claims: Claim[] = await this.rows.query(
      `INSERT INTO credential AS held (appid, kind, leased_until, fence)
       SELECT appid, $2, now() + make_interval(secs => $3), 1 FROM app WHERE appid = $1 FOR KEY SHARE
       ON CONFLICT (appid, kind) DO UPDATE SET leased_until = excluded.leased_until, fence = held.fence + 1
        WHERE (held.leased_until IS NULL OR held.leased_until <= now()) AND held.renew_at <= now()
       RETURNING appid, kind, fence, buried`,
      [appid, kind, this.settings.leaseSeconds],
    );
    return claims[0];
  }

  /** For a report that the very credential with this fence is dead. Counted, so that a confused caller cannot burn quotas. */
  async claimDoubted({ appid, kind }: CredentialName, fence: string): Promise<Claim | 'taken' | 'too-often'> {
    const [claims] = await this.rows.query<[Claim[], number]>(
      `UPDATE credential
          SET leased_until = now() + make_interval(secs => $4), fence = fence + 1,
              doubts = CASE WHEN doubts_since < now() - interval '1 hour' THEN 1 ELSE doubts + 1 END,
              doubts_since = CASE WHEN doubts_since < now() - interval '1 hour' THEN now() ELSE doubts_since END
        WHERE appid = $1 AND kind = $2 AND fence = $3 AND (leased_until IS NULL OR leased_until <= now())
          AND (doubts < $5 OR doubts_since < now() - interval '1 hour')
        RETURNING appid, kind, fence, buried`,
      [appid, kind, fence, this.settings.leaseSeconds, doubtsPerHour],
    );
    if (claims[0]) return claims[0];
    const [row] = await this.rows.query<{ exhausted: boolean }[]>(
      `SELECT doubts >= $4 AND doubts_since >= now() - interval '1 hour' AS exhausted FROM credential WHERE appid = $1 AND kind = $2 AND fence = $3`,
      [appid, kind, fence, doubtsPerHour],
    );
    return row?.exhausted ? 'too-often' : 'taken';
  }

  /**
   * False when overtaken: somebody claimed it since, and what they write counts; or the app is gone. Sealed in the same
   * transaction and with the app's row locked, so that no key is made for an app whose keys were just forgotten.
   */
  async save(
    claim: Claim,
    { lifetimeSeconds, alongside }: Issued,
    window: RenewalWindow,
    seal: (within: EntityManager) => Promise<string>,
  ): Promise<boolean> {
    const { earliestSeconds, latestSeconds } = shortened(window, lifetimeSeconds);
    return this.rows.manager.transaction(async (transaction) => {
      if (!(await isHeld(claim, transaction))) return false;
      const saved = await this.write(
        claim,
        `sealed_value = $4, obtained_at = now(), expires_at = now() + make_interval(secs => $5),
         renew_at = now() + make_interval(secs => $5 - $6 - random() * ($7::float8 - $6)),
         failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL, proven_at = NULL`,
        [await seal(transaction), lifetimeSeconds, latestSeconds, earliestSeconds],
        transaction,
      );
      // After the write, which locks the row: nobody raises the fence between the two.
      if (saved) await alongside?.(transaction);
      return saved;
    });
  }

  /**
   * What WeChat gave without a claim of ours, in the transaction of who was given it. Whoever holds a claim is overtaken.
   * Without a token: one is fetched as soon as it is its turn.
   */
  async keepGiven(
    transaction: EntityManager,
    { appid, kind }: CredentialName,
    given: { sealed: string; lifetimeSeconds: number; window: RenewalWindow } | undefined,
  ): Promise<void> {
    const { earliestSeconds, latestSeconds } = given
      ? shortened(given.window, given.lifetimeSeconds)
      : { earliestSeconds: 0, latestSeconds: 0 };
    await transaction.query(
      `INSERT INTO credential AS held (appid, kind, sealed_value, obtained_at, expires_at, renew_at, fence)
       VALUES ($1, $2, $3, CASE WHEN $3::text IS NOT NULL THEN now() END,
               CASE WHEN $3::text IS NOT NULL THEN now() + make_interval(secs => $4) END,
               now() + make_interval(secs => $4 - $5 - random() * ($6::float8 - $5)), 1)
       ON CONFLICT (appid, kind) DO UPDATE
          SET sealed_value = excluded.sealed_value, obtained_at = excluded.obtained_at, expires_at = excluded.expires_at,
              renew_at = excluded.renew_at, fence = held.fence + 1, leased_until = NULL, failures = 0, last_failure = NULL,
              failed_at = NULL, attention_at = NULL, proven_at = NULL`,
      [appid, kind, given?.sealed ?? null, given?.lifetimeSeconds ?? 0, latestSeconds, earliestSeconds],
    );
    // What was retired with it comes back with it.
    await transaction.query(
      `UPDATE credential SET renew_at = now() WHERE appid = $1 AND kind <> $2 AND renew_at > now() + interval '1 year'`,
      [appid, kind],
    );
  }

  /** Not handed out from the commit on, nor renewed until something is kept for it again. Whoever holds a claim is overtaken. */
  async retire(transaction: EntityManager, appid: string): Promise<void> {
    await transaction.query(
      `UPDATE credential SET sealed_value = NULL, expires_at = now(), renew_at = now() + interval '100 years', leased_until = NULL,
              fence = fence + 1, failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL
        WHERE appid = $1`,
      [appid],
    );
  }

  /** A living credential stays as it is; only the next attempt is set. */
  async fail(claim: Claim, kept: KeptFailure | undefined, { tryAgainSeconds }: { tryAgainSeconds: number }): Promise<boolean> {
    return this.write(
      claim,
      `failures = failures + 1, last_failure = $4, failed_at = now(), renew_at = now() + make_interval(secs => $5),
       attention_at = NULL`,
      [kept === undefined ? null : JSON.stringify(kept), tryAgainSeconds],
    );
  }

  /**
   * A verdict that only a person can cure, about one revision of the app. Where the person has changed the app since,
   * it says nothing of what they changed it to. The app's row is locked, so that a change commits before or after this:
   * after, it finds the verdict and takes it away.
   */
  async awaitPerson(claim: Claim, revision: number, kept: KeptFailure | undefined): Promise<void> {
    await this.rows.query(
      `UPDATE credential
          SET leased_until = NULL, failures = failures + 1, last_failure = $4, failed_at = now(),
              renew_at = now() + make_interval(secs => CASE WHEN app.revision = $5 THEN $6::float8 ELSE $7 END),
              attention_at = CASE WHEN app.revision = $5 THEN now() END
         FROM (SELECT appid, revision FROM app WHERE appid = $1 FOR SHARE) AS app
        WHERE credential.appid = app.appid AND kind = $2 AND fence = $3`,
      [
        claim.appid,
        claim.kind,
        claim.fence,
        kept === undefined ? null : JSON.stringify(kept),
        revision,
        curedUnheardSeconds,
        hearingSeconds,
      ],
    );
  }

  /** Nothing was found out, so nothing changes but that another may claim it. */
  async giveBack({ appid, kind, fence }: Claim): Promise<void> {
    await this.rows.update({ appid, kind, fence }, { leasedUntil: null });
  }

  /** Reported dead, and alive: whoever reports it again shortly is told without asking WeChat. */
  async prove(claim: Claim): Promise<boolean> {
    return this.write(claim, 'proven_at = now()', []);
  }

  /** From this moment nobody is given it, on any replica; the lease stays with who goes on to fetch a new one. */
  async bury(claim: Claim, { early, fingerprint }: { early: boolean; fingerprint: string }): Promise<Claim> {
    await this.rows.query(
      `UPDATE credential SET sealed_value = NULL, expires_at = now(), renew_at = now(), buried = $5,
              early_deaths = early_deaths + $4, died_early_at = CASE WHEN $4 > 0 THEN now() ELSE died_early_at END
        WHERE appid = $1 AND kind = $2 AND fence = $3`,
      [claim.appid, claim.kind, claim.fence, early ? 1 : 0, fingerprint],
    );
    return { ...claim, buried: fingerprint };
  }

  /** The operator asks: what waits for a person is tried again now. Where they change the app, a trigger does the same. */
  async tryAgain(appid: string): Promise<void> {
    await this.rows.query(
      `UPDATE credential SET renew_at = now(), attention_at = NULL WHERE appid = $1 AND attention_at IS NOT NULL`,
      [appid],
    );
  }

  /** What they waited for has come: whoever failed for want of it is tried again; who waits for a person, only if that is meant. */
  async hurry(transaction: EntityManager, { appids, kind, alsoForPerson = false }: Hurried): Promise<void> {
    await transaction.query(
      `UPDATE credential SET renew_at = now(), attention_at = NULL
        WHERE appid = ANY($1) AND kind = $2 AND failures > 0 AND ($3 OR attention_at IS NULL)`,
      [appids, kind, alsoForPerson],
    );
  }

  async ofApp(appid: string): Promise<Credential[]> {
    return this.rows.find({ where: { appid }, order: { kind: 'ASC' } });
  }

  private async write(
    { appid, kind, fence }: Claim,
    set: string,
    values: unknown[],
    within: EntityManager = this.rows.manager,
  ): Promise<boolean> {
    const [, written] = await within.query<[unknown[], number]>(
      `UPDATE credential SET leased_until = NULL, ${set} WHERE appid = $1 AND kind = $2 AND fence = $3`,
      [appid, kind, fence, ...values],
    );
    return written > 0;
  }
}

async function isHeld({ appid, kind, fence }: Claim, within: EntityManager): Promise<boolean> {
  const rows: unknown[] = await within.query(
    `SELECT FROM app JOIN credential USING (appid) WHERE appid = $1 AND credential.kind = $2 AND fence = $3 FOR KEY SHARE OF app`,
    [appid, kind, fence],
  );
  return rows.length > 0;
}

/** For a lifetime too short for the usual window, the last quarter of it. */
function shortened({ earliestSeconds, latestSeconds }: RenewalWindow, lifetimeSeconds: number): RenewalWindow {
  const share = Math.min(1, lifetimeSeconds / 4 / earliestSeconds);
  return { earliestSeconds: earliestSeconds * share, latestSeconds: latestSeconds * share };
}
