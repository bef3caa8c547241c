import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock, Metrics } from '#runtime';
import { Settings } from '#settings';
import type { Pool } from 'pg';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { sessionLimits } from './connection.js';
import { migrate, missingMigrations } from './schema.js';
import { isParameterRefused, isUnreachable } from './unreachable.js';
import { WriteRefusals } from './write-refusals.js';

export type DatabaseHealth = 'ok' | 'unreachable' | 'not_writable' | 'schema_behind';

/** The pooler refuses the parameters with which our sessions begin. Only a person can correct that. */
export class PoolerRefused extends Error {
  constructor(settings: Settings, cause: unknown) {
    super(
      `The pooler before the database refuses the session (${(cause as Error).message}). PgBouncer takes it with: ` +
        `ignore_startup_parameters = extra_float_digits,${Object.keys(sessionLimits(settings)).join(',')}; the next start says how the role is given these three`,
      { cause },
    );
    this.name = 'PoolerRefused';
  }
}

/** A health query that takes longer counts as failed. */
const trustMilliseconds = 3_000;

/** The connection. It opens when the database answers, however long that takes, and brings the schema up to date. */
@Injectable()
export class Database implements OnModuleDestroy {
  private readonly log = new Logger('Database');
  private closing = false;
  private seen: DatabaseHealth = 'unreachable';
  private seenAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;

  constructor(
    @InjectDataSource() readonly source: DataSource,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly refusals: WriteRefusals,
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

  /** Waits while the database cannot be reached. Any other error is thrown. */
  async open(): Promise<void> {
    for (let wait = 250; !this.closing; wait = Math.min(wait * 2, 5_000)) {
      try {
        if (!this.source.isInitialized) await this.source.initialize();
        const done = await migrate(this.source, this.settings.databaseLockTimeoutSeconds);
        await this.see();
        await this.warnOfMissingLimits();
        if (done.length > 0) this.log.log(`The schema is up to date: ${done.length} migrations were run`);
        return;
      } catch (error) {
        if (isParameterRefused(error)) throw new PoolerRefused(this.settings, error);
        if (!isUnreachable(error, { hasServed: false })) throw error;
        this.log.warn(`Waiting for the database: ${(error as Error).message}`);
        await pause(wait);
      }
    }
  }

  /** The last known health. The database is not asked, because a probe must not wait for a database that hangs. */
  get health(): DatabaseHealth {
    if (this.clock.steady() - this.seenAt > trustMilliseconds) return 'unreachable';
    return this.seen === 'ok' && this.refusals.areRecent ? 'not_writable' : this.seen;
  }

  async look(): Promise<void> {
    if (!this.source.isInitialized) return;
    this.looking ??= this.see().finally(() => (this.looking = undefined));
    await this.looking;
  }

  /** A pooler in transaction mode accepts them at the start of a session and forgets them. */
  private async warnOfMissingLimits(): Promise<void> {
    const rows = await this.source.query<{ name: keyof ReturnType<typeof sessionLimits>; role: string }[]>(
      `SELECT name, quote_ident(current_user) AS role FROM pg_settings WHERE name = ANY($1) AND setting = '0' ORDER BY name`,
      [Object.keys(sessionLimits(this.settings))],
    );
    if (rows.length === 0) return;
    const limits = sessionLimits(this.settings);
    const cures = rows.map(({ name, role }) => `ALTER ROLE ${role} SET ${name} = '${limits[name] / 1_000}s';`);
    this.log.warn(
      `${rows.map(({ name }) => name).join(', ')} not in force: a pooler drops what a session asks for. Statements may hang without end; ` +
        `give them to the role, and let the pooler reconnect: ${cures.join(' ')}`,
    );
  }

  private async see(): Promise<void> {
    try {
      this.seen = (await missingMigrations(this.source)).length === 0 ? 'ok' : 'schema_behind';
    } catch {
      this.seen = 'unreachable';
    }
    this.seenAt = this.clock.steady();
  }

  /** Ends the waiting. The module of the connection closes it. */
  onModuleDestroy(): void {
    this.closing = true;
  }

  /** TypeORM's own pool, which it does not make public. */
  private get pool(): Pool | undefined {
    return (this.source.driver as { master?: Pool }).master;
  }
}
