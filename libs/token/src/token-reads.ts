import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock, Lifecycle, Sums } from '#runtime';
import { DataSource } from 'typeorm';

interface TokenRead {
  readonly appid: string;
  readonly keyId: string;
  readonly address: string;
}

const keptDays = 90;

/** Audits who read tokens, in sums by key, app, address and minute. Collected in memory, so that no read waits for it. */
@Injectable()
export class TokenReads implements OnModuleDestroy {
  private readonly sums: Sums<TokenRead & { minute: string }, { count: number }>;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {
    this.sums = new Sums('TokenReads', 'Reads of tokens', lifecycle);
  }

  note(read: TokenRead): void {
    const minute = Math.floor(this.clock.now().getTime() / 60_000) * 60_000;
    this.sums.add({ ...read, minute: new Date(minute).toISOString() }, { count: 1 });
  }

  async write(): Promise<void> {
    await this.sums.write((rows) =>
      this.database.query(
        `INSERT INTO token_read AS sum (appid, minute, key_id, address, reads)
         SELECT "appid", "minute", "keyId", "address", "count"
           FROM jsonb_to_recordset($1) AS r ("appid" text, "minute" timestamptz, "keyId" text, "address" text, "count" bigint)
          ORDER BY 1, 2, 3, 4
         ON CONFLICT (appid, minute, key_id, address) DO UPDATE SET reads = sum.reads + excluded.reads`,
        [JSON.stringify(rows)],
      ),
    );
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.database.query('DELETE FROM token_read WHERE minute < now() - make_interval(days => $1)', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }
}
