import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Clock, Metrics } from '#runtime';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Result } from './due-deliveries.js';
import { heldDays } from './webhook.entity.js';
import { Webhooks } from './webhooks.js';

const failingDaysMax = 5;
const gone = 410;
const hourMilliseconds = 3_600_000;
const dayMilliseconds = 24 * hourMilliseconds;
export const gateway: Actor = { name: 'gateway', address: '-', requestId: '-' };

/** Notices receivers that have ended: those that say so, and those that have only failed for days. */
@Injectable()
export class WebhookHealth {
  private readonly log = new Logger('WebhookHealth');
  private readonly disabled: Counter<'because'>;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly webhooks: Webhooks,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.disabled = new Counter({
      name: 'wx_webhooks_disabled_total',
      help: 'Webhooks that the gateway switched off: gone (the receiver answered 410), failing (for days), key_ended',
      labelNames: ['because'],
      registers: [metrics.registry],
    });
  }

  /**
   * Memory tells whether there is anything to write. In the usual cases, still well or still failing, the database is not
   * asked. Memory may be a second old; then the next result is noted.
   */
  async note(results: readonly Result[]): Promise<void> {
    const sent = results.filter(({ attempt }) => attempt !== undefined);
    const well = idsOf(sent.filter(({ state }) => state === 'delivered'));
    const failing = idsOf(sent.filter(({ state }) => state !== 'delivered')).filter((id) => !well.includes(id));
    const since = new Map<string, Date | null | undefined>();
    for (const id of [...well, ...failing]) since.set(id, (await this.webhooks.known(id))?.failingSince);

    const recovered = well.filter((id) => since.get(id));
    if (recovered.length > 0) await this.mark('failing_since = NULL', recovered, 'true');
    const fresh = failing.filter((id) => since.get(id) === null);
    if (fresh.length > 0) await this.mark('failing_since = now()', fresh, 'failing_since IS NULL');

    const ended = idsOf(sent.filter(({ attempt }) => attempt?.status === gone));
    if (ended.length > 0) await this.disable('gone', 'id = ANY($2)', [ended]);
    // Our clock says that it is nearly time. The database's clock decides.
    const nearly = this.clock.now().getTime() - failingDaysMax * dayMilliseconds + hourMilliseconds;
    const long = failing.filter((id) => (since.get(id)?.getTime() ?? nearly) < nearly);
    const isLong = `failing_since <= now() - interval '${failingDaysMax} days'`;
    if (long.length > 0) await this.disable('failing', `id = ANY($2) AND ${isLong}`, [long]);
  }

  private async mark(change: string, ids: string[], when: string): Promise<void> {
    const sql = `UPDATE webhook SET ${change} WHERE id = ANY($1) AND ${when} RETURNING id`;
    const [rows] = await this.database.query<[{ id: string }[], number]>(sql, [ids]);
    for (const { id } of rows) this.webhooks.forget(id);
  }

  /** Switches off webhooks that are on and meet the condition. Its values count from $2. */
  async disable(because: keyof typeof words, when: string, values: unknown[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const [rows] = await transaction.query<[{ id: string; failing_since: Date | null }[], number]>(
        `UPDATE webhook SET enabled = false, disabled_because = $1, key_ended_at = CASE WHEN $1 = 'key_ended' THEN now() END
          WHERE enabled AND ${when} RETURNING id, failing_since`,
        [because, ...values],
      );
      for (const { id, failing_since: failingSince } of rows) {
        await this.audit.record(transaction, gateway, {
          action: 'webhook.disable',
          subject: id,
          details: { because, failingSince },
        });
        this.webhooks.forget(id);
        this.disabled.inc({ because });
        this.log.error(`Webhook ${id} was switched off: ${words[because]}`);
      }
    });
  }
}

const words = {
  gone: 'its receiver answered 410 Gone',
  failing: `every delivery has failed for ${failingDaysMax} days`,
  key_ended: `its key was revoked or has expired; what it would get is held for ${heldDays} days, for the key that adopts it`,
};

const idsOf = (results: readonly Result[]): string[] => [...new Set(results.map(({ claim }) => claim.webhookId))];
