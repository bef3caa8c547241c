import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Metrics } from '#runtime';
import { Settings } from '#settings';
import type { Pool } from 'pg';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { migrate, missingMigrations } from './schema.js';
import { isUnreachable } from './unreachable.js';

export type DatabaseHealth = 'ok' | 'unreachable' | 'schema_behind';

/** The connection: opened when the database answers, however long that takes, with the schema brought up to date. */
@Injectable()
export class Database implements OnModuleDestroy {
  private readonly log = new Logger('Database');
  private closing = false;

  constructor(
    @InjectDataSource() readonly source: DataSource,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    const connections = new Gauge({
      name: 'db_pool_connections',
      help: 'Connections of this process by state, and requests waiting for one',
      labelNames: ['state'],
      registers: [metrics.registry],
      collect: () => {
        const pool = this.pool;
        connections.set({ state: 'idle' }, pool?.idleCount ?? 0);
        connections.set({ state: 'in_use' }, pool ? pool.totalCount - pool.idleCount : 0);
        connections.set({ state: 'waited_for' }, pool?.waitingCount ?? 0);
      },
    });
  }

  /** Waits for the database as long as it cannot be reached; whatever else is wrong with it is thrown. */
  async open(): Promise<void> {
    for (let wait = 250; !this.closing; wait = Math.min(wait * 2, 5_000)) {
      try {
        if (!this.source.isInitialized) await this.source.initialize();
        const done = await migrate(this.source, this.settings.databaseLockTimeoutSeconds);
        if (done.length > 0) this.log.log(`The schema is up to date: ${done.length} migrations were run`);
        return;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        this.log.warn(`Waiting for the database: ${(error as Error).message}`);
        await pause(wait);
      }
    }
  }

  async health(): Promise<DatabaseHealth> {
    try {
      return (await missingMigrations(this.source)).length === 0 ? 'ok' : 'schema_behind';
    } catch {
      return 'unreachable';
    }
  }

  /** Ends the waiting; the connection itself is closed by its own module. */
  onModuleDestroy(): void {
    this.closing = true;
  }

  /** TypeORM's own pool, which it does not show. */
  private get pool(): Pool | undefined {
    return (this.source.driver as { master?: Pool }).master;
  }
}
