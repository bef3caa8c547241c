import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle } from '#runtime';
import { In, Repository } from 'typeorm';
import { ApiKeyUse } from './api-key-use.entity.js';

/** When each key was last used. Collected in memory and written once a minute, so that no request waits for it. */
@Injectable()
export class KeyUses implements OnModuleDestroy {
  private readonly log = new Logger('KeyUses');
  private unwritten = new Map<string, Date>();

  constructor(
    @InjectRepository(ApiKeyUse) private readonly rows: Repository<ApiKeyUse>,
    private readonly lifecycle: Lifecycle,
  ) {}

  note(id: string, at: Date): void {
    this.unwritten.set(id, at);
  }

  async lastOf(ids: string[]): Promise<Map<string, Date>> {
    const written = await this.rows.findBy({ id: In(ids) });
    const last = new Map(written.map((row) => [row.id, row.lastUsedAt]));
    for (const id of ids) {
      const here = this.unwritten.get(id);
      if (here) last.set(id, here);
    }
    return last;
  }

  async write(): Promise<void> {
    if (this.unwritten.size === 0 || this.lifecycle.stage === 'starting') return;
    const batch = this.unwritten;
    this.unwritten = new Map();
    try {
      // Sorted, so that two replicas lock the rows in the same order. A time only moves forward, whichever replica is late.
      await this.rows.query(
        `INSERT INTO api_key_use (id, last_used_at)
         SELECT api_key.id, used.at FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at) JOIN api_key USING (id) ORDER BY api_key.id
         ON CONFLICT (id) DO UPDATE SET last_used_at = greatest(api_key_use.last_used_at, excluded.last_used_at)`,
        [[...batch.keys()], [...batch.values()]],
      );
    } catch (error) {
      for (const [id, at] of batch) if (!this.unwritten.has(id)) this.unwritten.set(id, at);
      this.log.warn(`Last uses of keys were not written, and will be: ${(error as Error).message}`);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }
}
