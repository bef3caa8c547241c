import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Clock, Lifecycle, Sums, requestUnderWay } from '#runtime';
import { WechatHttp } from '#wechat';
import { Repository } from 'typeorm';
import { CallUse } from './call-use.entity.js';
import { chinaDay } from './china-day.js';

const keptDays = 90;

/** Counts every call to WeChat: gathered in memory and written in sums, so that none waits for it. */
@Injectable()
export class CallUses implements OnModuleInit, OnModuleDestroy {
  private readonly sums: Sums<Pick<CallUse, 'appid' | 'day' | 'api' | 'caller'>, { calls: number; failures: number }>;

  constructor(
    @InjectRepository(CallUse) private readonly rows: Repository<CallUse>,
    private readonly wechat: WechatHttp,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {
    this.sums = new Sums('CallUses', 'Counts of calls', lifecycle);
  }

  onModuleInit(): void {
    this.wechat.watch(({ appid, path, result }) => {
      const day = chinaDay(this.clock.now());
      const caller = requestUnderWay.getStore()?.caller ?? 'gateway';
      this.sums.add({ appid, day, api: path, caller }, { calls: 1, failures: result === 'ok' ? 0 : 1 });
    });
  }

  async ofDay(appid: string, day: string): Promise<CallUse[]> {
    await this.write();
    return this.rows.find({ where: { appid, day }, order: { api: 'ASC', caller: 'ASC' } });
  }

  async write(): Promise<void> {
    // An app that was deleted since has nothing left to count for.
    await this.sums.write((rows) =>
      this.rows.query(
        `INSERT INTO call_use AS sum (appid, day, api, caller, calls, failures)
         SELECT appid, day, api, caller, calls, failures
           FROM jsonb_to_recordset($1) AS r (appid text, day date, api text, caller text, calls bigint, failures bigint)
           JOIN app USING (appid)
          ORDER BY 1, 2, 3, 4
         ON CONFLICT (appid, day, api, caller)
         DO UPDATE SET calls = sum.calls + excluded.calls, failures = sum.failures + excluded.failures`,
        [JSON.stringify(rows)],
      ),
    );
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM call_use WHERE day < current_date - $1::int', [keptDays]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }
}
