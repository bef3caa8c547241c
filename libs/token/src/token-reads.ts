import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock, Lifecycle } from '#runtime';
import { DataSource } from 'typeorm';

interface TokenRead {
  readonly appid: string;
  readonly keyId: string;
  readonly address: string;
}

const keptDays = 90;

/** Who read tokens, audited in sums: by key, app, address and minute. Gathered in memory, so that no read waits for it. */
@Injectable()
export class TokenReads implements OnModuleDestroy {
  private readonly log = new Logger('TokenReads');
  private sums = new Map<string, { read: TokenRead; minute: Date; count: number }>();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  note(read: TokenRead): void {
    const minute = Math.floor(this.clock.now().getTime() / 60_000) * 60_000;
    const key = `${minute} ${read.appid} ${read.keyId} ${read.address}`;
    const sum = this.sums.get(key);
    if (sum) sum.count++;
    else this.sums.set(key, { read, minute: new Date(minute), count: 1 });
  }

  async write(): Promise<void> {
    if (this.sums.size === 0 || this.lifecycle.stage === 'starting') return;
    const batch = this.sums;
    this.sums = new Map();
    try {
      const rows = [...batch.values()].map(({ read, minute, count }) => ({ ...read, minute, count }));
      await this.database.query(
        `INSERT INTO token_read AS sum (appid, minute, key_id, address, reads)
         SELECT "appid", "minute", "keyId", "address", "count"
           FROM jsonb_to_recordset($1) AS r ("appid" text, "minute" timestamptz, "keyId" text, "address" text, "count" bigint)
          ORDER BY 1, 2, 3, 4
         ON CONFLICT (appid, minute, key_id, address) DO UPDATE SET reads = sum.reads + excluded.reads`,
        [JSON.stringify(rows)],
      );
    } catch (error) {
      this.takeBack(batch);
      this.log.warn(`Reads of tokens were not written, and will be: ${(error as Error).message}`);
    }
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.database.query('DELETE FROM token_read WHERE minute < now() - make_interval(days => $1)', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }

  private takeBack(batch: typeof this.sums): void {
    for (const [key, { read, minute, count }] of batch) {
      const since = this.sums.get(key);
      if (since) since.count += count;
      else this.sums.set(key, { read, minute, count });
    }
  }
}
