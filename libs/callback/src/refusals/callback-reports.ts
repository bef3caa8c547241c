import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { CallbackRecord } from './callback-record.entity.js';
import { RefusedPushes } from './refused-pushes.js';
import type { RefusalReason } from './refusal-reasons.js';

export interface Refused {
  readonly reason: RefusalReason;
  readonly hour: Date;
  readonly countsAs: 'app' | 'stranger';
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export interface CallbackReport {
  readonly lastAcceptedAt: Date | null;
  readonly addressesKnownAt: Date | null;
  readonly refused: readonly Refused[];
}

/** A reason that counts against an app now: the newest refusal and the number of them. */
export interface Fault {
  readonly reason: RefusalReason;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

const shownHours = 24;

/** What arrived at the callback of an app in the last day. */
@Injectable()
export class CallbackReports {
  constructor(
    @InjectRepository(CallbackRecord) private readonly rows: Repository<CallbackRecord>,
    private readonly refusals: RefusedPushes,
  ) {}

  /** By reason and hour, the newest hour first. */
  async of(appid: string): Promise<CallbackReport> {
    await this.refusals.settled();
    const refused = await this.rows.query<Refused[]>(
      `SELECT reason, hour, counts_as AS "countsAs", sum(count)::float8 AS count,
              min(first_at) AS "firstAt", max(last_at) AS "lastAt"
         FROM judged_refusal WHERE appid = $1 AND last_at > now() - make_interval(hours => $2)
        GROUP BY reason, hour, counts_as ORDER BY hour DESC, reason, counts_as`,
      [appid, shownHours],
    );
    const [known] = await this.rows.query<{ acceptedAt: Date | null; knownAt: Date | null }[]>(
      `SELECT record.accepted_at AS "acceptedAt", list.known_at AS "knownAt"
         FROM app LEFT JOIN callback_record AS record USING (appid) LEFT JOIN wechat_address_list AS list USING (appid)
        WHERE appid = $1`,
      [appid],
    );
    return { lastAcceptedAt: known?.acceptedAt ?? null, addressesKnownAt: known?.knownAt ?? null, refused };
  }

  /** What counts against the app since its last accepted push and its last change, the newest reason first. */
  async faultsOf(appid: string): Promise<Fault[]> {
    await this.refusals.settled();
    return this.rows.query<Fault[]>(
      `SELECT reason, sum(count)::float8 AS count, min(first_at) AS "firstAt", max(last_at) AS "lastAt"
         FROM judged_refusal
        WHERE appid = $1 AND counts_as = 'app' AND is_current AND last_at > now() - make_interval(hours => $2)
        GROUP BY reason ORDER BY max(last_at) DESC`,
      [appid, shownHours],
    );
  }
}
