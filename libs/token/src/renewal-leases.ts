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

/** A row as it stands at the database's own time, since the clocks of replicas differ. */
export interface Standing {
  /** Of the database; null from the moment it is another one until somebody has noticed. */
  readonly epoch: string | null;
  /** What the row holds was fetched or confirmed in this epoch. */
  readonly isProven: boolean;
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

/** Verdicts that only a person can cure are often cured in WeChat's console, where nobody tells us. */
const curedUnheardSeconds = 3_600;
/** Every replica has heard of a change by then. */
const hearingSeconds = 1;
/** By the time: an app that is registered anew goes on above where it ended. */
const firstFence = '(next_fence(0) + extract(epoch FROM now())::bigint)';
const isFree = '(credential.leased_until IS NULL OR credential.leased_until <= now())';
/** Of a time that is over, and confirmed by nobody. */
const isUnproven = 'credential.sealed_value IS NOT NULL AND credential.epoch IS DISTINCT FROM current_epoch()';
/** By then every replica has written back what it holds. */
const isHeardOut = "EXISTS (SELECT FROM epoch WHERE since <= now() - interval '3 seconds')";
const due = `SELECT appid, kind FROM credential WHERE renew_at <= now() AND ${isFree} AND current_epoch() IS NOT NULL AND NOT (${isUnproven})`;
/** By the index, where nearly always there is none. */
const unproven = `
  SELECT appid, kind FROM credential
   WHERE (epoch < current_epoch() OR epoch > current_epoch() OR epoch IS NULL AND current_epoch() IS NOT NULL)
     AND sealed_value IS NOT NULL AND ${isHeardOut}`;

/** A lease and a higher fence. What nobody has proven by then is given up. */
const claiming = (leaseSeconds: string): string => `
  leased_until = now() + make_interval(secs => ${leaseSeconds}), fence = next_fence(credential.fence),
  sealed_value = CASE WHEN credential.epoch = current_epoch() THEN credential.sealed_value END,
  expires_at = CASE WHEN credential.epoch = current_epoch() THEN credential.expires_at END,
  confirmed_fence = CASE WHEN credential.epoch = current_epoch() THEN credential.confirmed_fence END,
  epoch = current_epoch()`;

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
   * The due ones, as many as the pace allows; each goes out at its turn, so that WeChat sees no crowd. The row of the pace is
   * locked by the statement, so replicas share out the coming second instead of each taking all of it. Where nothing is due,
   * which is nearly always, nothing is written.
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

  /** For a report that the very credential with this fence is dead. Nothing where somebody else has it. */
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
        `sealed_value = $4, epoch = current_epoch(), confirmed_fence = NULL, obtained_at = now(), expires_at = now() + make_interval(secs => $5),
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
               now() + make_interval(secs => $4 - $5 - random() * ($6::float8 - $5)), ${firstFence})
       ON CONFLICT (appid, kind) DO UPDATE
          SET sealed_value = excluded.sealed_value, epoch = excluded.epoch, confirmed_fence = NULL, obtained_at = excluded.obtained_at, expires_at = excluded.expires_at,
              renew_at = excluded.renew_at, fence = next_fence(held.fence), leased_until = NULL, failures = 0, last_failure = NULL,
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
              fence = next_fence(fence), failures = 0, last_failure = NULL, failed_at = NULL, attention_at = NULL
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
   * after, it finds the verdict and takes it away. Tried again within the hour, or at midnight in China, where that is
   * what it waits for.
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
   * What a replica held in memory when another epoch began. Of two that hold different ones, the one with the higher fence is
   * the newer; one that was fetched in this epoch is newer than all. Nothing where the app is gone, nor in the
   * epoch that it was held in: a row that is gone there was taken away.
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

  /** Nothing was found out, so nothing changes but that another may claim it. */
  async giveBack({ appid, kind, fence }: Claim): Promise<void> {
    await this.rows.update({ appid, kind, fence }, { leasedUntil: null });
  }

  /** Reported dead, and alive: whoever reports it again shortly is told without asking WeChat. */
  async prove(claim: Claim): Promise<boolean> {
    return this.write(claim, 'proven_at = now()', []);
  }

  /** The operator asks: what waits for a person or in a pause is tried now. Where they change the app, a trigger does the same. */
  async beginAnew(appid: string): Promise<void> {
    await this.rows.query('SELECT begin_anew($1)', [appid]);
  }

  /** What they waited for has come: whoever failed for want of it is tried again; who waits for a person, only if that is meant. */
  async hurry(transaction: EntityManager, { appids, kind, alsoForPerson = false }: Hurried): Promise<void> {
    await transaction.query(
      `UPDATE credential SET renew_at = now(), attention_at = NULL
        WHERE appid = ANY($1) AND kind = $2 AND failures > 0 AND ($3 OR attention_at IS NULL)`,
      [appids, kind, alsoForPerson],
    );
  }

  /** What only a person can cure, of apps that are in use. */
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

/** For a lifetime too short for the usual window, the last quarter of it. */
function shortened({ earliestSeconds, latestSeconds }: RenewalWindow, lifetimeSeconds: number): RenewalWindow {
  const share = Math.min(1, lifetimeSeconds / 4 / earliestSeconds);
  return { earliestSeconds: earliestSeconds * share, latestSeconds: latestSeconds * share };
}
