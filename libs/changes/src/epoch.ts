import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Metrics, Randomness } from '#runtime';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';

export interface SeenEpoch {
  epoch: string;
  epochNumber: number;
  /** The database is the one under which the epoch was made. */
  isOurs: boolean;
  pulse: string;
  secondsSinceBeat: number;
}

/** Columns of `epoch` that every look at the database reads. */
export const seenEpoch = `value AS epoch, number AS "epochNumber", current_epoch() IS NOT NULL AS "isOurs", pulse::text,
         extract(epoch FROM clock_timestamp() - pulsed_at)::float8 AS "secondsSinceBeat"`;

const consequences =
  'it was restored, copied, or failed over. What is in memory is read anew, tokens that no replica holds are fetched again, and cursors from before are refused';

/**
 * Knows whether the database is still the one that this replica knows and has not gone back in time. After a failover that
 * loses commits, a recovery to a point in time, or a restored dump, numbers begin again and rows are old. No number in the rows
 * can prove this, so each such time has a random value: the epoch.
 */
@Injectable()
export class Epoch {
  private readonly log = new Logger('Epoch');
  /** As of the last poll. Negative if the database's clock was set back. */
  secondsSinceBeat = 0;
  private known: { value: string; number: number; pulse: bigint } | undefined;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly randomness: Randomness,
    metrics: Metrics,
  ) {
    const number: Gauge = new Gauge({
      name: 'wx_database_epoch',
      help: 'Raised each time the database is found to have gone back in time (failover, recovery, restored dump)',
      registers: [metrics.registry],
      collect: () => number.set(this.known?.number ?? 0),
    });
  }

  /** A new database belongs to whoever serves it first. It may have rested for a long time, so the pulse begins again. */
  async adopt(): Promise<void> {
    await this.database.query(
      `UPDATE epoch SET made_under = coalesce(made_under, database_identity()), pulse = pulse + 1, pulsed_at = now()
        WHERE current_epoch() IS NOT NULL`,
    );
  }

  /** True if the database now belongs to another epoch. The caller then looks again. */
  async isAnother(seen: SeenEpoch): Promise<boolean> {
    const known = this.known;
    this.secondsSinceBeat = seen.secondsSinceBeat;
    if (known === undefined && !seen.isOurs) this.log.warn(`The database is not the one that was served before: ${consequences}`);
    if (!seen.isOurs || (known?.value === seen.epoch && BigInt(seen.pulse) < known.pulse)) {
      await this.begin(seen);
      return true;
    }
    this.known = { value: seen.epoch, number: seen.epochNumber, pulse: BigInt(seen.pulse) };
    if (known === undefined || known.value === seen.epoch) return false;
    this.log.warn(`Epoch ${seen.epochNumber} of the database has begun: ${consequences}`);
    return true;
  }

  /** One replica raises the pulse in its own commit, so that whoever knows the number notices lost commits. */
  async beat(): Promise<void> {
    if (!this.known) return;
    await this.database.query(
      `UPDATE epoch SET pulse = pulse + 1, pulsed_at = now()
        WHERE value = $1 AND pulsed_at NOT BETWEEN now() - interval '900 ms' AND now()`,
      [this.known.value],
    );
  }

  /** The first replica that notices begins the new epoch. On a standby this fails and is tried again. */
  private async begin({ epoch }: SeenEpoch): Promise<void> {
    await this.database.query(
      `UPDATE epoch
          SET value = $2, number = greatest(number, $3) + 1, made_under = database_identity(), since = now(), pulse = pulse + 1,
              pulsed_at = now()
        WHERE value = $1 AND (current_epoch() IS NULL OR pulse < $4) AND database_identity() IS NOT NULL`,
      [epoch, this.randomness.word(12), this.known?.number ?? 0, this.known?.pulse.toString() ?? '0'],
    );
  }
}

/** For an operator who restored the database while nobody served it. */
export async function beginEpoch(database: DataSource): Promise<void> {
  await database.query(
    `UPDATE epoch
        SET value = left(md5(gen_random_uuid()::text), 12), number = number + 1, made_under = database_identity(), since = now(),
            pulse = pulse + 1, pulsed_at = now()`,
  );
}
