import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, ApiKeys, AuditLog } from '#access';
import { InvalidInput } from '#errors';
import { Lifecycle } from '#runtime';
import { Repository } from 'typeorm';
import { WebhookNotFound } from './webhook-errors.js';
import { WebhookHealth, gateway } from './webhook-health.js';
import { type DisabledBecause, Webhook } from './webhook.entity.js';
import { Webhooks, mustHoldAll } from './webhooks.js';

export interface WebhookFilter {
  readonly appid?: string | undefined;
  /** `none`: those that belong to no key. */
  readonly keyId?: string | undefined;
  readonly state?: 'enabled' | 'disabled' | DisabledBecause | undefined;
  readonly before?: { readonly createdAt: string; readonly id: string } | undefined;
}

/** A cursor can hold milliseconds only. */
const madeAt = `date_trunc('milliseconds', webhook.created_at)`;

/** Webhooks and their keys, for the operator. */
@Injectable()
export class WebhookOwners {
  private readonly log = new Logger('WebhookOwners');
  private isFollowing = false;

  constructor(
    @InjectRepository(Webhook) private readonly rows: Repository<Webhook>,
    private readonly webhooks: Webhooks,
    private readonly health: WebhookHealth,
    private readonly keys: ApiKeys,
    private readonly audit: AuditLog,
    private readonly lifecycle: Lifecycle,
  ) {}

  list({ appid, keyId, state, before }: WebhookFilter, limit: number): Promise<Webhook[]> {
    const query = this.rows.createQueryBuilder('webhook').orderBy(madeAt, 'DESC').addOrderBy('webhook.id', 'DESC').limit(limit);
    if (appid !== undefined) query.andWhere(`webhook.appids && ARRAY['*', :appid]`, { appid });
    if (keyId === 'none') query.andWhere('webhook.key_id IS NULL');
    else if (keyId !== undefined) query.andWhere('webhook.key_id = :keyId', { keyId });
    if (state === 'enabled' || state === 'disabled') query.andWhere('webhook.enabled = :on', { on: state === 'enabled' });
    else if (state !== undefined) query.andWhere('webhook.disabled_because = :state', { state });
    if (before) query.andWhere(`(${madeAt}, webhook.id) < (:createdAt::timestamptz, :id)`, before);
    return query.getMany();
  }

  /** Gives the webhook to that key, with what was held for an adopter. A webhook that is off for another reason stays off. */
  async adopt(id: string, keyId: string, by: Actor): Promise<Webhook> {
    const key = await this.keys.current(keyId);
    if (!key) throw new InvalidInput([{ path: 'key_id', message: 'must be the id of an API key that lives' }]);
    const adopted = await this.rows.manager.transaction(async (transaction) => {
      const row = await transaction.findOne(Webhook, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!row) throw new WebhookNotFound();
      mustHoldAll(key, row.appids, ['webhooks', 'events:read', ...(row.replies ? (['messages:send'] as const) : [])]);
      const awake = { enabled: true, disabledBecause: null, keyEndedAt: null };
      await transaction.update(Webhook, { id }, { keyId, waivedScopes: [], ...(row.disabledBecause === 'key_ended' && awake) });
      const details = { keyId, formerKeyId: row.keyId };
      await this.audit.record(transaction, by, { action: 'webhook.adopt', subject: id, details });
      return transaction.findOneByOrFail(Webhook, { id });
    });
    this.webhooks.forget(id);
    return adopted;
  }

  /** Marks webhooks whose keys have ended, and reports them. The statements that send check the key themselves. */
  async follow(): Promise<void> {
    // A slow database must not collect a queue of queries, nor lose connections to them when there is nothing to do.
    if (!this.lifecycle.isServing || this.isFollowing) return;
    this.isFollowing = true;
    try {
      const [due] = await this.rows.query<{ ended: boolean; living: boolean }[]>(
        `SELECT EXISTS (SELECT 1 FROM webhook WHERE enabled AND NOT ${keyLives}) AS ended,
                EXISTS (SELECT 1 FROM webhook WHERE disabled_because = 'key_ended' AND ${keyLives}) AS living`,
      );
      if (due?.ended) await this.health.disable('key_ended', `NOT ${keyLives}`, []);
      if (due?.living) await this.awaken();
    } catch (error) {
      this.log.warn(`Webhooks whose keys have ended are not marked yet, and will be: ${(error as Error).message}`);
    } finally {
      this.isFollowing = false;
    }
  }

  /** Webhooks whose expired key got more time. */
  private async awaken(): Promise<void> {
    await this.rows.manager.transaction(async (transaction) => {
      const [rows] = await transaction.query<[{ id: string }[], number]>(
        `UPDATE webhook SET enabled = true, disabled_because = NULL, key_ended_at = NULL
          WHERE disabled_because = 'key_ended' AND ${keyLives} RETURNING id`,
      );
      for (const { id } of rows) {
        await this.audit.record(transaction, gateway, {
          action: 'webhook.enable',
          subject: id,
          details: { because: 'key_lives' },
        });
        this.webhooks.forget(id);
      }
    });
  }
}

const keyLives = `webhook_key_lives(webhook, (SELECT key FROM api_key AS key WHERE key.id = webhook.key_id))`;
