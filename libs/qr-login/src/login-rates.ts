import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { sourceOf } from '#access';
import { Lifecycle } from '#runtime';
import { Settings } from '#settings';
import { Repository } from 'typeorm';
import { LoginRate } from './login-rate.entity.js';
import { TooManyLogins } from './qr-login-errors.js';

/** Who begins a login. A stranger is a browser that came without its service. */
export interface Beginner {
  readonly keyId: string;
  readonly isStranger: boolean;
  /** The browser's address, from its service or from the connection. */
  readonly address?: string | undefined;
}

interface Budget {
  readonly subject: string;
  readonly most: number;
}

/**
 * Limits how many logins begin in a minute, before WeChat is asked. Strangers have a budget of their own, so that they cannot
 * use up their service's. The database counts, so the limits hold for all replicas together.
 */
@Injectable()
export class LoginRates {
  constructor(
    @InjectRepository(LoginRate) private readonly rows: Repository<LoginRate>,
    private readonly settings: Settings,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** Takes a place for one more login. Throws if there is none. */
  async take({ keyId, isStranger, address }: Beginner): Promise<void> {
    const { qrLoginsPerMinute, qrLoginsByStrangersPerMinute, qrLoginsPerAddressPerMinute } = this.settings;
    const whole = isStranger
      ? { of: 'strangers', subject: `strangers at ${keyId}`, most: qrLoginsByStrangersPerMinute }
      : { of: 'key', subject: `key ${keyId}`, most: qrLoginsPerMinute };
    const part = { of: 'address', subject: `${whole.subject} from ${sourceOf(address)}`, most: qrLoginsPerAddressPerMinute };
    const budgets = address === undefined ? [whole] : [part, whole];
    if (await this.hasTaken(budgets)) return;
    const spent = await this.spent(budgets);
    throw new TooManyLogins((spent?.of ?? 'key') as 'key' | 'strangers' | 'address', spent?.wait ?? 1);
  }

  /** For other work that makes us ask WeChat: whether it may be done once more in this minute. */
  async mayTry(what: string, most: number): Promise<boolean> {
    return this.hasTaken([{ subject: what, most }]);
  }

  /**
   * One statement takes a place in each budget or, except in a race, in none. The narrow budget comes first, so that an address
   * over its share never uses up the whole. Who finds a budget used up only reads: a flood neither writes nor waits for a lock.
   */
  private async hasTaken([first, second]: Budget[]): Promise<boolean> {
    const [taken] = await this.rows.query<{ places: number }[]>(
      `WITH spent AS (
         SELECT subject FROM login_rate
          WHERE (subject = $1 AND begun >= $2 OR subject = $3 AND begun >= $4) AND until > now()
       ), first AS (${place('$1', '$2', 'NOT EXISTS (TABLE spent)')}
       ), second AS (${place('$3', '$4', '$3 IS NOT NULL AND EXISTS (TABLE first)')}
       )
       SELECT ((SELECT count(*) FROM first) + (SELECT count(*) FROM second))::int AS places`,
      [first?.subject, first?.most, second?.subject ?? null, second?.most ?? null],
    );
    return taken?.places === (second ? 2 : 1);
  }

  /** Budgets without a place, and for how long. A budget whose minute has ended is not among them. */
  private async spent<T extends Budget>(budgets: T[]): Promise<(T & { wait: number }) | undefined> {
    const rows = await this.rows.query<{ subject: string; begun: number; wait: number }[]>(
      `SELECT subject, begun, ceil(extract(epoch FROM until - now()))::int AS wait FROM login_rate
        WHERE subject = ANY ($1) AND until > now()`,
      [budgets.map(({ subject }) => subject)],
    );
    for (const budget of budgets)
      for (const { subject, begun, wait } of rows)
        if (subject === budget.subject && begun >= budget.most) return { ...budget, wait };
    return undefined;
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM login_rate WHERE until < now()');
  }
}

/** Counts one more if there is room. A minute that has ended begins again. */
const place = (subject: string, most: string, condition: string): string => `
  INSERT INTO login_rate AS rate (subject, until, begun)
  SELECT ${subject}::text, now() + interval '1 minute', 1 WHERE ${most}::int > 0 AND ${condition}
  ON CONFLICT (subject) DO UPDATE
     SET begun = CASE WHEN rate.until > now() THEN rate.begun + 1 ELSE 1 END,
         until = CASE WHEN rate.until > now() THEN rate.until ELSE excluded.until END
   WHERE rate.until <= now() OR rate.begun < ${most}::int
  RETURNING subject`;
