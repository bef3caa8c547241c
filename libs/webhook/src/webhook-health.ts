import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Metrics } from '#runtime';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Result } from './outbox.js';
import type { DisabledBecause } from './webhook.entity.js';
import { Webhooks } from './webhooks.js';

const failingDaysMax = 5;
const gone = 410;
const gateway: Actor = { name: 'gateway', address: '-', requestId: '-' };

/** Notices which receivers have ended: those that say so, and those that have done nothing but fail for days. */
@Injectable()
export class WebhookHealth {
  private readonly log = new Logger('WebhookHealth');
  private readonly disabled: Counter<'because'>;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly webhooks: Webhooks,
    private readonly audit: AuditLog,
    metrics: Metrics,
  ) {
    this.disabled = new Counter({
      name: 'wx_webhooks_disabled_total',
      help: 'Webhooks that the gateway switched off: gone (the receiver answered 410), failing (for days)',
      labelNames: ['because'],
      registers: [metrics.registry],
    });
  }

  async note(results: readonly Result[]): Promise<void> {
    const sent = results.filter(({ attempt }) => attempt !== undefined);
    const well = idsOf(sent.filter(({ state }) => state === 'delivered'));
    const ended = idsOf(sent.filter(({ attempt }) => attempt?.status === gone));
    const failing = idsOf(sent.filter(({ state }) => state !== 'delivered')).filter((id) => !well.includes(id));
    const recovered: string[] = [];
    for (const id of well) if ((await this.webhooks.known(id))?.failingSince) recovered.push(id);
    // What is in memory may be a second old: whoever failed and recovered within it is found well the next time.
    if (recovered.length > 0) await this.mark('failing_since = NULL', recovered, 'true');
    if (failing.length > 0) await this.mark('failing_since = now()', failing, 'failing_since IS NULL');
    if (ended.length > 0) await this.disable('gone', ended, 'true');
    if (failing.length > 0) await this.disable('failing', failing, `failing_since <= now() - interval '${failingDaysMax} days'`);
  }

  private async mark(change: string, ids: string[], when: string): Promise<void> {
    const sql = `UPDATE webhook SET ${change} WHERE id = ANY($1) AND ${when} RETURNING id`;
    const [rows] = await this.database.query<[{ id: string }[], number]>(sql, [ids]);
    for (const { id } of rows) this.webhooks.forget(id);
  }

  private async disable(because: DisabledBecause, ids: string[], when: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const [rows] = await transaction.query<[{ id: string; failing_since: Date | null }[], number]>(
        `UPDATE webhook SET enabled = false, disabled_because = $2 WHERE id = ANY($1) AND enabled AND ${when}
         RETURNING id, failing_since`,
        [ids, because],
      );
      for (const { id, failing_since: failingSince } of rows) {
        await this.audit.record(transaction, gateway, {
          action: 'webhook.disable',
          subject: id,
          details: { because, failingSince },
        });
        this.disabled.inc({ because });
        this.log.error(
          because === 'gone'
            ? `The webhook ${id} is switched off: its receiver answered 410, it is gone`
            : `The webhook ${id} is switched off: it has done nothing but fail for ${failingDaysMax} days`,
        );
      }
    });
  }
}

const idsOf = (results: readonly Result[]): string[] => [...new Set(results.map(({ claim }) => claim.webhookId))];
