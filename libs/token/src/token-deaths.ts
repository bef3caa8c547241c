import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { chinaDay } from './china-day.js';
import { Credential } from './credential.entity.js';
import type { ForceLimits } from './issuer.js';
import type { Claim } from './renewal-leases.js';

/** Why WeChat may not be forced now. */
export interface ForceRefused {
  readonly pauseSeconds: number;
  readonly isUsedUp: boolean;
}

/** Deaths further apart than this are unrelated. */
const quietSeconds = 600;
/** The longest pause between fetches while tokens die. With it, a day of deaths stays within WeChat's 2,000 fetches. */
const pauseSecondsMax = 60;
/** Handles a token that WeChat calls dead: buries and counts it, and forces another no more often than allowed. */
@Injectable()
export class TokenDeaths {
  constructor(@InjectRepository(Credential) private readonly rows: Repository<Credential>) {}

  /**
   * From now on no replica hands it out. The lease stays with the claim that fetches a new one. If tokens died shortly before,
   * a pause comes first, which doubles with each death up to a minute.
   */
  async bury(
    claim: Claim,
    { early, fingerprint }: { early: boolean; fingerprint: string },
  ): Promise<Claim & { readonly pauseSeconds: number }> {
    const [rows] = await this.rows.query<[{ pauseSeconds: number }[], number]>(
      `UPDATE credential
          SET sealed_value = NULL, expires_at = now(), buried = $5,
              early_deaths = early_deaths + $4, died_early_at = CASE WHEN $4 > 0 THEN now() ELSE died_early_at END,
              deaths = before + 1, died_at = now(), renew_at = next,
              leased_until = CASE WHEN next <= now() THEN leased_until END
         FROM (SELECT *, CASE WHEN before = 0 THEN now()
                              ELSE greatest(now(), obtained_at + make_interval(secs => least($7, 2 ^ least(before - 1, 30)))) END AS next
                 FROM (SELECT obtained_at, CASE WHEN died_at > now() - make_interval(secs => $6) THEN deaths ELSE 0 END AS before
                         FROM credential WHERE appid = $1 AND kind = $2 FOR UPDATE) AS former) AS dying
        WHERE appid = $1 AND kind = $2 AND fence = $3
        RETURNING extract(epoch FROM next - now())::float8 AS "pauseSeconds"`,
      [claim.appid, claim.kind, claim.fence, early ? 1 : 0, fingerprint, quietSeconds, pauseSecondsMax],
    );
    return { ...claim, buried: fingerprint, pauseSeconds: rows[0]?.pauseSeconds ?? 0 };
  }

  /** Takes the right to force a new one, counted before WeChat is asked, or says why it is not allowed now. */
  async takeForce({ appid, kind, fence }: Claim, { secondsApart, perDay }: ForceLimits): Promise<ForceRefused | undefined> {
    const [standing] = await this.rows.query<ForceRefused[]>(
      `WITH standing AS (
         SELECT appid, kind, coalesce(extract(epoch FROM forced_at - now()) + $4, 0)::float8 AS pause,
                CASE WHEN ${chinaDay('forced_at')} = ${chinaDay('now()')} THEN forced_count ELSE 0 END AS today
           FROM credential WHERE appid = $1 AND kind = $2 AND fence = $3 FOR UPDATE),
       taken AS (
         UPDATE credential AS forced SET forced_at = now(), forced_count = today + 1
           FROM standing WHERE forced.appid = standing.appid AND forced.kind = standing.kind AND pause <= 0 AND today < $5)
       SELECT pause AS "pauseSeconds", today >= $5 AS "isUsedUp" FROM standing`,
      [appid, kind, fence, secondsApart, perDay],
    );
    // Overtaken. The new holder will find out for itself.
    if (!standing) return { pauseSeconds: secondsApart, isUsedUp: false };
    return standing.isUsedUp || standing.pauseSeconds > 0 ? standing : undefined;
  }
}
