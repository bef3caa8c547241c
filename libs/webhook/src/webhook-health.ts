import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Metrics } from '#runtime';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Result } from './outbox.js';
import type { DisabledBecause } from './webhook.entity.js';

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
    // In the usual case, where all goes well and did before, this changes no row.
    await this.database.query('UPDATE webhook SET failing_since = NULL WHERE id = ANY($1) AND failing_since IS NOT NULL', [well]);
    if (failing.length > 0)
      await this.database.query('UPDATE webhook SET failing_since = now() WHERE id = ANY($1) AND failing_since IS NULL', [
        failing,
      ]);
    if (ended.length > 0) await this.disable('gone', ended, 'true');
    if (failing.length > 0) await this.disable('failing', failing, `failing_since <= now() - interval '${failingDaysMax} days'`);
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
