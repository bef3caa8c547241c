import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock, Lifecycle, Metrics, Sums } from '#runtime';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';

export interface OlderCall {
  readonly appid: string;
  readonly source: string;
  readonly caller: string;
  readonly address: string;
  readonly code: number;
}

const keptDays = 400;
/** Callers with ever new names must grow neither the metrics nor the table without end. */
const sourcesMax = 100;
const hour = 3_600_000;

/** Who still uses the older address, in sums by the hour. Collected in memory, so that no call waits for it. */
@Injectable()
export class OlderCalls implements OnModuleDestroy {
  private readonly sources = new Set<string>();
  private readonly counter: Counter<'appid' | 'source' | 'code'>;
  private readonly sums: Sums<OlderCall & { hour: string }, { count: number }>;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    this.sums = new Sums('OlderCalls', 'Calls of the older address', lifecycle);
    this.counter = new Counter({
      name: 'wx_older_calls_total',
      help: 'Calls of getwxuserinfo by app, by what the caller says it is, and by the code answered',
      labelNames: ['appid', 'source', 'code'],
      registers: [metrics.registry],
    });
  }

  note(call: OlderCall): void {
    if (this.sources.size < sourcesMax) this.sources.add(call.source);
    const source = this.sources.has(call.source) ? call.source : 'others';
    this.counter.inc({ appid: call.appid, source, code: String(call.code) });

    const began = new Date(Math.floor(this.clock.now().getTime() / hour) * hour).toISOString();
    this.sums.add({ ...call, source, hour: began }, { count: 1 });
  }

  async write(): Promise<void> {
    await this.sums.write((rows) =>
      this.database.query(
        `INSERT INTO older_call AS sum (appid, hour, source, caller, address, code, calls)
         SELECT appid, hour, source, caller, address, code, count
           FROM jsonb_to_recordset($1)
             AS r (appid text, hour timestamptz, source text, caller text, address text, code int, count bigint)
          ORDER BY 1, 2, 3, 4, 5, 6
         ON CONFLICT (appid, hour, source, caller, address, code) DO UPDATE SET calls = sum.calls + excluded.calls`,
        [JSON.stringify(rows)],
      ),
    );
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.database.query('DELETE FROM older_call WHERE hour < now() - make_interval(days => $1)', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }
}
