import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { StorageUnavailable } from '#errors';
import { Settings } from '#settings';
import type { KeptFailure } from '#wechat';
import { type EntityManager, Repository } from 'typeorm';
import { chinaDay, chinaZone } from './china-day.js';
import type { CredentialName } from './credential-name.js';
import { Credential } from './credential.entity.js';
import type { Issued, RenewalWindow } from './issuer.js';

/** The right to ask WeChat for one credential, until the lease ends or another claim raises the fence. */
export interface Claim extends CredentialName {
  readonly fence: string;
  /** The fingerprint of the last value that proved dead. */
  readonly buried: string | null;
}

/** A row measured at the database's own time, because the clocks of replicas differ. */
export interface Standing {
  /** The database's epoch. Null from the moment it is another database until somebody has noticed. */
  readonly epoch: string | null;
  /** The value was fetched or confirmed in this epoch. */
  readonly isProven: boolean;
  readonly sealedValue: string | null;
  readonly fence: string;
  readonly expiresAt: Date | null;
  /** Zero or less if it has expired. */
  readonly secondsLeft: number;
  readonly leased: boolean;
  /** Zero or less if it is due. */
  readonly dueInSeconds: number;
  readonly lastFailure: KeptFailure | null;
  readonly failures: number;
  readonly provenSecondsAgo: number | null;
}

/** Credentials that are tried again before their time. */
export interface Hurried {
  readonly appids: readonly string[];
  readonly kind: string;
  readonly alsoForPerson?: boolean;
}

/** What only a person can correct is often corrected in WeChat's console, and nobody tells us. */
const curedUnheardSeconds = 3_600;
/** Every replica has heard of a change after this time. */
const hearingSeconds = 1;
/** Depends on the time, so that an app that is registered again continues above its last fence. */
const firstFence = '(next_fence(0) + extract(epoch FROM now())::bigint)';
const isFree = '(credential.leased_until IS NULL OR credential.leased_until <= now())';
/** The value is of an earlier epoch, and nobody has confirmed it. */
const isUnproven = 'credential.sealed_value IS NOT NULL AND credential.epoch IS DISTINCT FROM current_epoch()';
/** By then every replica has written back what it holds. */
const isHeardOut = "EXISTS (SELECT FROM epoch WHERE since <= now() - interval '3 seconds')";
const due = `SELECT appid, kind FROM credential WHERE renew_at <= now() AND ${isFree} AND current_epoch() IS NOT NULL AND NOT (${isUnproven})`;
/** Reads the index, which nearly always holds no such row. */
const unproven = `
  SELECT appid, kind FROM credential
   WHERE (epoch < current_epoch() OR epoch > current_epoch() OR epoch IS NULL AND current_epoch() IS NOT NULL)
     AND sealed_value IS NOT NULL AND ${isHeardOut}`;

/** Takes a lease and a higher fence. A value that nobody has confirmed by then is given up. */
const claiming = (leaseSeconds: string): string => `
  leased_until = now() + make_interval(secs => ${leaseSeconds}), fence = next_fence(credential.fence),
  sealed_value = CASE WHEN credential.epoch = current_epoch() THEN credential.sealed_value END,
  expires_at = CASE WHEN credential.epoch = current_epoch() THEN credential.expires_at END,
  confirmed_fence = CASE WHEN credential.epoch = current_epoch() THEN credential.confirmed_fence END,
  epoch = current_epoch()`;

/**
 * Decides in Postgres alone who may ask WeChat. A claim is one conditional statement that takes a lease and raises the fence,
 * and a result is written only under the fence of its claim. No lock is held in between.
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
              coalesce(leased_until > now(), false) AND NOT (${isUnproven}) AS leased,
              CASE WHEN ${isUnproven} THEN 0 ELSE extract(epoch FROM renew_at - now()) END::float8 AS "dueInSeconds",
              extract(epoch FROM now() - proven_at)::float8 AS "provenSecondsAgo",
              present AS epoch, coalesce(credential.epoch = present, false) AS "isProven"
         FROM credential, current_epoch() AS present WHERE appid = $1 AND kind = $2`,
      [appid, kind],
    );
    return rows[0];
  }

  /**
   * Claims due rows, as many as the pace allows. Each goes out at its turn, so that WeChat sees no crowd. The statement locks
   * the row of the pace, so replicas share the coming second instead of each using all of it. Nearly always nothing is due, and
   * nothing is written.
   */
  async claimDue(host: string): Promise<(Claim & { afterSeconds: number })[]> {
    const [look] = await this.rows.query<{ isDue: boolean; hasPace: boolean }[]>(
      `SELECT EXISTS (${due} LIMIT 1) OR EXISTS (${unproven} LIMIT 1) AS "isDue",
              EXISTS (SELECT FROM upstream_pace WHERE host = $1) AS "hasPace"`,
      [host],
    );
    if (!look?.isDue) return [];
    if (!look.hasPace)
      await this.rows.query('INSERT INTO upstream_pace (host, next_turn) VALUES ($1, now()) ON CONFLICT DO NOTHING', [host]);
    const cap = this.settings.renewalsPerSecond;
    const claims = await this.rows.query<(Claim & { ahead: number })[]>(
      `WITH pace AS (SELECT greatest(next_turn, now()) AS turn FROM upstream_pace WHERE host = $1 FOR UPDATE),
            room AS (SELECT greatest(0, floor((1 - extract(epoch FROM turn - now())) * $2))::integer AS room FROM pace),
            due AS (${due} ORDER BY renew_at LIMIT (SELECT room FROM room) FOR UPDATE SKIP LOCKED),
            unproven AS (${unproven} LIMIT (SELECT room FROM room) FOR UPDATE SKIP LOCKED),
            claimed AS (
              UPDATE credential SET ${claiming('$3')}
               WHERE (appid, kind) IN (SELECT * FROM due UNION SELECT * FROM unproven LIMIT (SELECT room FROM room))
              RETURNING appid, kind, fence, buried),
            paced AS (
              UPDATE upstream_pace SET next_turn = turn + make_interval(secs => (SELECT count(*) FROM claimed) / $2::float8)
                FROM pace WHERE host = $1 AND EXISTS (SELECT FROM claimed))
       SELECT claimed.*, extract(epoch FROM turn - now())::float8 AS ahead FROM claimed, pace`,
      [host, cap, this.settings.leaseSeconds],
    );
    return claims.map(({ ahead, ...claim }, place) => ({ ...claim, afterSeconds: ahead + place / cap }));
  }

  /**
   * The seconds until an unplanned call may go out: callers who wait share the same pace. Undefined, and no turn is taken, if
   * so many are before it that the lease might end.
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
   * For a caller who finds no living credential. Undefined if another gateway has the claim, if it is too early to try again,
   * or if the app is gone. The app's row is locked, because it might otherwise go in between.
   */
  async claimMissing({ appid, kind }: CredentialName): Promise<Claim | undefined> {
    const claims: Claim[] = await this.rows.query(
      `INSERT INTO credential (appid, kind, leased_until, fence)
       SELECT appid, $2, now() + make_interval(secs => $3), ${firstFence} FROM app
        WHERE appid = $1 AND current_epoch() IS NOT NULL FOR KEY SHARE
       ON CONFLICT (appid, kind) DO UPDATE SET ${claiming('$3')}
        WHERE CASE WHEN ${isUnproven} THEN ${isHeardOut} ELSE ${isFree} AND credential.renew_at <= now() END
       RETURNING appid, kind, fence, buried`,
      [appid, kind, this.settings.leaseSeconds],
    );
    return claims[0];
  }

  /** For a report that the credential with this fence is dead. Undefined if another claim holds it. */
  async claimDoubted({ appid, kind }: CredentialName, fence: string): Promise<Claim | undefined> {
    const [claims] = await this.rows.query<[Claim[], number]>(
      `UPDATE credential SET ${claiming('$4')}
        WHERE appid = $1 AND kind = $2 AND fence = $3 AND ${isFree} AND epoch = current_epoch()
        RETURNING appid, kind, fence, buried`,
      [appid, kind, fence, this.settings.leaseSeconds],
    );
    return claims[0];
  }

  /**
   * False if overtaken, because somebody claimed it since and their result counts, or if the app is gone. Seals in the same
   * transaction with the app's row locked, so that no key is made for an app whose keys were just deleted.
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
        `sealed_value = $4, epoch = current_epoch(), confirmed_fence = NULL, obtained_at = now(), expires_at = now() + make_interval(secs => $5),
         renew_at = now() + make_interval(secs => $5 - $6 - random() * ($7::float8 - $6)),
         failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL, proven_at = NULL`,
        [await seal(transaction), lifetimeSeconds, latestSeconds, earliestSeconds],
        transaction,
      );
      // After the write, which locks the row: nobody can raise the fence between the two.
      if (saved) await alongside?.(transaction);
      return saved;
    });
  }

  /**
   * Keeps what WeChat gave without a claim of ours, in the transaction of whoever received it. A claim under way is overtaken.
   * Without a token, one is fetched at its next turn.
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
               now() + make_interval(secs => $4 - $5 - random() * ($6::float8 - $5)), ${firstFence})
       ON CONFLICT (appid, kind) DO UPDATE
          SET sealed_value = excluded.sealed_value, epoch = excluded.epoch, confirmed_fence = NULL, obtained_at = excluded.obtained_at, expires_at = excluded.expires_at,
              renew_at = excluded.renew_at, fence = next_fence(held.fence), leased_until = NULL, failures = 0, last_failure = NULL,
              failed_at = NULL, attention_at = NULL, proven_at = NULL`,
      [appid, kind, given?.sealed ?? null, given?.lifetimeSeconds ?? 0, latestSeconds, earliestSeconds],
    );
    // What was retired with it returns with it.
    await transaction.query(
      `UPDATE credential SET renew_at = now() WHERE appid = $1 AND kind <> $2 AND renew_at > now() + interval '1 year'`,
      [appid, kind],
    );
  }

  /** From the commit on it is neither handed out nor renewed, until one is kept again. A claim under way is overtaken. */
  async retire(transaction: EntityManager, appid: string): Promise<void> {
    await transaction.query(
      `UPDATE credential SET sealed_value = NULL, expires_at = now(), renew_at = now() + interval '100 years', leased_until = NULL,
              fence = next_fence(fence), failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL
        WHERE appid = $1`,
      [appid],
    );
  }

  /** A living credential stays as it is. Only the next attempt is set. */
  async fail(claim: Claim, kept: KeptFailure | undefined, { tryAgainSeconds }: { tryAgainSeconds: number }): Promise<boolean> {
    return this.write(
      claim,
      `failures = failures + 1, last_failure = $4, failed_at = now(), renew_at = now() + make_interval(secs => $5),
       attention_at = NULL`,
      [kept === undefined ? null : JSON.stringify(kept), tryAgainSeconds],
    );
  }

  /**
   * Keeps a verdict that only a person can correct, about one revision of the app. It says nothing about later changes. The
   * app's row is locked, so that a change commits before or after this; after, it finds the verdict and removes it. It is tried
   * again within the hour, or at midnight in China if it waits for that.
   */
  async awaitPerson(claim: Claim, revision: number, kept: KeptFailure | undefined, { atMidnight = false } = {}): Promise<void> {
    await this.rows.query(
      `UPDATE credential
          SET leased_until = NULL, failures = failures + 1, last_failure = $4, failed_at = now(),
              renew_at = least(now() + make_interval(secs => CASE WHEN app.revision = $5 THEN $6::float8 ELSE $7 END),
                               CASE WHEN $8 THEN (${chinaDay('now()')} + 1)::timestamp AT TIME ZONE ${chinaZone} END),
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
        atMidnight,
      ],
    );
  }

  /**
   * Writes back what a replica held in memory when another epoch began. Of two that differ, the one with the higher fence is
   * newer, and one that was fetched in this epoch is newer than all. Nothing is written if the app is gone, or in the epoch in
   * which it was held: there, a missing row was deleted.
   */
  async confirm(
    { appid, kind }: CredentialName,
    { sealed, held, secondsLeft }: { sealed: string; held: { fence: bigint; epoch: string }; secondsLeft: number },
  ): Promise<{ fence: string; epoch: string } | undefined> {
    const rows: { fence: string; epoch: string }[] = await this.rows.query(
      `INSERT INTO credential AS held (appid, kind, sealed_value, obtained_at, expires_at, renew_at, fence, confirmed_fence)
       SELECT appid, $2, $3, now(), now() + make_interval(secs => $4), now() + make_interval(secs => $4 - least($4 / 4, 300)),
              greatest(next_fence($5), ${firstFence}), $5 FROM app WHERE appid = $1 AND current_epoch() <> $6 FOR KEY SHARE
       ON CONFLICT (appid, kind) DO UPDATE
          SET sealed_value = excluded.sealed_value, expires_at = excluded.expires_at,
              renew_at = CASE WHEN held.expires_at > held.renew_at
                              THEN excluded.expires_at - least(held.expires_at - held.renew_at, make_interval(secs => $4 / 2))
                              ELSE excluded.renew_at END,
              leased_until = NULL, fence = next_fence(greatest(held.fence, $5)), epoch = excluded.epoch, confirmed_fence = $5,
              failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL
        WHERE held.epoch IS DISTINCT FROM excluded.epoch OR held.confirmed_fence < $5
       RETURNING fence, epoch`,
      [appid, kind, sealed, secondsLeft, held.fence.toString(), held.epoch],
    );
    return rows[0];
  }

  /** Nothing was found out, so another may claim it. */
  async giveBack({ appid, kind, fence }: Claim): Promise<void> {
    await this.rows.update({ appid, kind, fence }, { leasedUntil: null });
  }

  /** Reported dead, but alive: further reports within a short time are answered without asking WeChat. */
  async prove(claim: Claim): Promise<boolean> {
    return this.write(claim, 'proven_at = now()', []);
  }

  /** The operator asks: what waits for a person or in a pause is tried now. If they change the app, a trigger does the same. */
  async beginAnew(appid: string): Promise<void> {
    await this.rows.query('SELECT begin_anew($1)', [appid]);
  }

  /** What they waited for has arrived, so they are tried again; those that wait for a person only if that is meant. */
  async hurry(transaction: EntityManager, { appids, kind, alsoForPerson = false }: Hurried): Promise<void> {
    await transaction.query(
      `UPDATE credential SET renew_at = now(), attention_at = NULL
        WHERE appid = ANY($1) AND kind = $2 AND failures > 0 AND ($3 OR attention_at IS NULL)`,
      [appids, kind, alsoForPerson],
    );
  }

  /** What only a person can correct, for enabled apps. */
  async awaitingPerson(): Promise<CredentialName[]> {
    return this.rows.query(
      'SELECT appid, credential.kind FROM credential JOIN app USING (appid) WHERE attention_at IS NOT NULL AND enabled',
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
  const rows: { isKnown: boolean }[] = await within.query(
    `SELECT current_epoch() IS NOT NULL AS "isKnown" FROM app JOIN credential USING (appid) WHERE appid = $1 AND credential.kind = $2 AND fence = $3 FOR KEY SHARE OF app`,
    [appid, kind, fence],
  );
  // What is written before the new epoch begins would count as old.
  if (rows[0]?.isKnown === false) throw new StorageUnavailable(new Error('The database is another one than it was'));
  return rows.length > 0;
}

/** The last quarter of a lifetime that is too short for the usual window. */
function shortened({ earliestSeconds, latestSeconds }: RenewalWindow, lifetimeSeconds: number): RenewalWindow {
  const share = Math.min(1, lifetimeSeconds / 4 / earliestSeconds);
  return { earliestSeconds: earliestSeconds * share, latestSeconds: latestSeconds * share };
}
