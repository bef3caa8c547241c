import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Clock, Lifecycle, requestUnderWay } from '#runtime';
import { WechatQuotaApi } from '#wechat';
import { Repository } from 'typeorm';
import { CallUse } from './call-use.entity.js';
import { chinaDay } from './china-day.js';

interface Sum {
  readonly appid: string;
  readonly day: string;
  readonly api: string;
  readonly caller: string;
  calls: number;
  failures: number;
}

const keptDays = 90;

/** Counts every call to WeChat: gathered in memory and written in sums, so that none waits for it. */
@Injectable()
export class CallUses implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('CallUses');
  private sums = new Map<string, Sum>();

  constructor(
    @InjectRepository(CallUse) private readonly rows: Repository<CallUse>,
    private readonly wechat: WechatQuotaApi,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  onModuleInit(): void {
    this.wechat.watch(({ appid, path, result }) => {
      const day = chinaDay(this.clock.now());
      const caller = requestUnderWay.getStore()?.caller ?? 'gateway';
      this.add({ appid, day, api: path, caller, calls: 1, failures: result === 'ok' ? 0 : 1 });
    });
  }

  async ofDay(appid: string, day: string): Promise<CallUse[]> {
    await this.write();
    return this.rows.find({ where: { appid, day }, order: { api: 'ASC', caller: 'ASC' } });
  }

  async write(): Promise<void> {
    if (this.sums.size === 0 || this.lifecycle.stage === 'starting') return;
    const batch = [...this.sums.values()];
    this.sums = new Map();
    try {
      // An app that was deleted since has nothing left to count for.
      await this.rows.query(
        `INSERT INTO call_use AS sum (appid, day, api, caller, calls, failures)
         SELECT appid, day, api, caller, calls, failures
           FROM jsonb_to_recordset($1) AS r (appid text, day date, api text, caller text, calls bigint, failures bigint)
           JOIN app USING (appid)
          ORDER BY 1, 2, 3, 4
         ON CONFLICT (appid, day, api, caller)
         DO UPDATE SET calls = sum.calls + excluded.calls, failures = sum.failures + excluded.failures`,
        [JSON.stringify(batch)],
      );
    } catch (error) {
      for (const sum of batch) this.add(sum);
      this.log.warn(`Counts of calls were not written, and will be: ${(error as Error).message}`);
    }
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM call_use WHERE day < current_date - $1::int', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }

  private add(sum: Sum): void {
    const key = JSON.stringify([sum.appid, sum.day, sum.api, sum.caller]);
    const known = this.sums.get(key);
    if (!known) {
      this.sums.set(key, { ...sum });
      return;
    }
    known.calls += sum.calls;
    known.failures += sum.failures;
  }
}
