import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Apps } from '#app';
import { type PushTarget, type SecretKeeper, SecretKeepers } from '#callback';
import { Settings } from '#settings';
import { type Place, Vault } from '#vault';
import { type ReceivedPush, ownTestCode } from '#wechat';
import { DataSource, type EntityManager } from 'typeorm';
import { Authorizations } from './authorizations.js';

export type CodeState = 'waiting' | 'kept' | 'done' | 'failed';

/** A code that one gateway is exchanging. */
export interface ClaimedCode {
  readonly platform: string;
  readonly id: string;
  readonly fence: string;
  readonly state: 'waiting' | 'kept';
  /** Null if WeChat reported an authorisation without giving a code. */
  readonly code: string | null;
  readonly authorizer: string | null;
  readonly asOf: Date | null;
  readonly arrivedAt: Date;
  readonly attempts: number;
  readonly answerTo: string | null;
}

export interface ArrivedCode {
  readonly platform: string;
  readonly code: string | null;
  readonly authorizer: string | null;
  readonly asOf: Date | null;
  readonly answerTo?: string | undefined;
}

export interface Outcome {
  readonly state: CodeState;
  /** Why the code waits, or why it failed. */
  readonly failure: string | null;
}

interface Row extends Omit<ClaimedCode, 'code'> {
  readonly sealed: string | null;
}

const keptDays = 7;
/** A code is valid for an hour at most. What is unknown after a day stays unknown. */
const givenUpHours = 24;

/**
 * The codes by which apps authorise platforms. A code arrives as an event and with the person's browser, in any order and more
 * than once. It is one row, sealed and committed before anybody is answered, and exchanged once.
 */
@Injectable()
export class AuthorizationCodes implements SecretKeeper, OnModuleInit {
  readonly kinds = ['platform-authorized', 'text'] as const;
  private readonly arrived: (() => void)[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly apps: Apps,
    private readonly authorizations: Authorizations,
    private readonly keepers: SecretKeepers,
    private readonly vault: Vault,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.keepers.register(this);
  }

  watch(listener: () => void): void {
    this.arrived.push(listener);
  }

  async keep({ appid, via }: PushTarget, { event }: ReceivedPush): Promise<void> {
    if (event.kind === 'text') {
      const code = via === undefined ? undefined : ownTestCode(appid, event.content);
      if (via !== undefined && code !== undefined)
        await this.arrive({ platform: via, code, authorizer: appid, asOf: event.at, answerTo: event.openid });
      return;
    }
    if (event.kind !== 'platform-authorized' || event.platform !== appid || via !== undefined) return;
    if ((await this.apps.get(appid)).kind !== 'third_party_platform') return;
    await this.arrive({ platform: appid, code: event.code || null, authorizer: event.authorizer, asOf: event.at });
  }

  /** Returns the code's id. An event also gives the time of a code that was exchanged already. */
  async arrive(arrived: ArrivedCode): Promise<string> {
    const { platform, code, authorizer, asOf, answerTo = null } = arrived;
    const id = this.idOf(platform, code ?? [authorizer, asOf]);
    await this.database.transaction(async (transaction) => {
      const sealed = code === null ? null : await this.vault.seal(place(platform, id), code, transaction);
      const [row] = await transaction.query<{ state: CodeState; authorizer: string | null }[]>(
        `INSERT INTO platform_code AS held (appid, id, sealed_code, authorizer, as_of, answer_to) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (appid, id) DO UPDATE
            SET authorizer = coalesce(held.authorizer, excluded.authorizer), as_of = coalesce(excluded.as_of, held.as_of)
         RETURNING state, authorizer`,
        [platform, id, sealed, authorizer, asOf, answerTo],
      );
      if (asOf && row?.authorizer && (row.state === 'done' || row.state === 'kept'))
        await this.authorizations.date(transaction, { appid: row.authorizer, platform }, asOf);
    });
    for (const listener of this.arrived) listener();
    return id;
  }

  /** The id of a code that arrived already. */
  async known(platform: string, code: string): Promise<string | undefined> {
    const id = this.idOf(platform, code);
    return (await this.outcome(platform, id)) && id;
  }

  private idOf(platform: string, said: unknown): string {
    return this.vault.fingerprint('platform_code', JSON.stringify([platform, said])).toString('hex');
  }

  /** Claims a code that is due. Lease and fence are committed before WeChat is asked. */
  async claim(): Promise<ClaimedCode | undefined> {
    const [[row]] = await this.database.query<[Row[], number]>(
      `UPDATE platform_code SET leased_until = now() + make_interval(secs => $1), fence = fence + 1, attempts = attempts + 1
        WHERE (appid, id) IN (
          SELECT appid, id FROM platform_code
           WHERE state IN ('waiting', 'kept') AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
           ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING appid AS platform, id, fence, state, sealed_code AS sealed, authorizer, as_of AS "asOf", arrived_at AS "arrivedAt", attempts,
                  answer_to AS "answerTo"`,
      [this.settings.leaseSeconds],
    );
    if (!row) return undefined;
    const { sealed, ...rest } = row;
    return { ...rest, code: sealed === null ? null : await this.vault.open(place(row.platform, row.id), sealed) };
  }

  /** Runs in the transaction that keeps what WeChat gave for the code. False if another claim overtook this one. */
  async settle(transaction: EntityManager, claim: ClaimedCode, authorizer: string): Promise<boolean> {
    const [, settled] = await transaction.query<[unknown[], number]>(
      `UPDATE platform_code SET authorizer = $4, leased_until = NULL, due_at = now(), failure = NULL,
              state = CASE WHEN answer_to IS NULL THEN 'done' ELSE 'kept' END,
              sealed_code = CASE WHEN answer_to IS NOT NULL THEN sealed_code END
        WHERE appid = $1 AND id = $2 AND fence = $3 AND state = 'waiting'`,
      [claim.platform, claim.id, claim.fence, authorizer],
    );
    return settled > 0;
  }

  async done({ platform, id }: ClaimedCode): Promise<void> {
    await this.database.query(
      `UPDATE platform_code SET state = 'done', sealed_code = NULL, leased_until = NULL WHERE appid = $1 AND id = $2 AND state = 'kept'`,
      [platform, id],
    );
  }

  /** True if the code is given up, because nothing more can be found out. */
  async postpone({ platform, id, fence }: ClaimedCode, why: string, seconds: number): Promise<boolean> {
    const [[row]] = await this.database.query<[{ state: CodeState }[], number]>(
      `UPDATE platform_code SET leased_until = NULL, due_at = now() + make_interval(secs => $4), failure = $5,
              state = CASE WHEN arrived_at < now() - make_interval(hours => $6) THEN 'failed' ELSE state END
        WHERE appid = $1 AND id = $2 AND fence = $3 RETURNING state`,
      [platform, id, fence, seconds, why.slice(0, 500), givenUpHours],
    );
    return row?.state === 'failed';
  }

  async fail({ platform, id, fence }: ClaimedCode, why: string): Promise<void> {
    await this.database.query(
      `UPDATE platform_code SET state = 'failed', failure = $4, sealed_code = NULL, leased_until = NULL
        WHERE appid = $1 AND id = $2 AND fence = $3`,
      [platform, id, fence, why.slice(0, 500)],
    );
  }

  async outcome(platform: string, id: string): Promise<Outcome | undefined> {
    const [row] = await this.database.query<Outcome[]>('SELECT state, failure FROM platform_code WHERE appid = $1 AND id = $2', [
      platform,
      id,
    ]);
    return row;
  }

  /** How many answers were lost and not recovered, for the operator. */
  async lost(platform: string): Promise<number> {
    const [row] = await this.database.query<{ lost: number }[]>(
      `SELECT count(*)::int AS lost FROM platform_code WHERE appid = $1 AND state = 'failed' AND failure = $2`,
      [platform, answerLost],
    );
    return row?.lost ?? 0;
  }

  async forgetOld(): Promise<void> {
    await this.database.query(
      `DELETE FROM platform_code WHERE state IN ('done', 'failed') AND arrived_at < now() - make_interval(days => $1)`,
      [keptDays],
    );
    await this.database.query("DELETE FROM authorization_link WHERE expires_at < now() - interval '1 day'");
  }
}

/** The failure of a code if an app may have authorised the platform and we do not have its refresh token. */
export const answerLost = 'WeChat used the code up, its answer was lost, and the authorizer is not in its list';

const place = (platform: string, id: string): Place => ({
  table: 'platform_code',
  column: 'sealed_code',
  row: id,
  owner: platform,
});
