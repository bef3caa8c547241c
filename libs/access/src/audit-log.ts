import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Latest, type Span, rowsIn } from '#api';
import { type EntityManager, Repository } from 'typeorm';
import { AuditEntry } from './audit-entry.entity.js';
import type { Actor } from './actor.js';

export interface Deed {
  readonly action: string;
  readonly subject: string;
  readonly appid?: string;
  /** Names and values that changed. A secret appears only as its fingerprint. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly appid?: string | undefined;
}

@Injectable()
export class AuditLog {
  constructor(@InjectRepository(AuditEntry) private readonly rows: Repository<AuditEntry>) {}

  /**
   * Runs in the transaction of the change itself, so both are kept or neither. It must be the last statement: entries are
   * numbered under a lock that lasts until the commit, and whoever holds that lock must not wait for another row.
   */
  async record(transaction: EntityManager, by: Actor, deed: Deed): Promise<void> {
    const { action, subject, appid = null, details } = deed;
    await transaction.insert(AuditEntry, {
      actor: by.name,
      address: by.address,
      requestId: by.requestId,
      action,
      subject,
      appid,
      details: namedAsInTheApi(details),
    });
  }

  async list(filter: AuditFilter, span: Span, limit: number): Promise<AuditEntry[]> {
    const where = rowsIn<AuditEntry>(span, 'id', 'at');
    if (filter.actor !== undefined) where.actor = filter.actor;
    if (filter.action !== undefined) where.action = filter.action;
    if (filter.appid !== undefined) where.appid = filter.appid;
    return this.rows.find({ where, order: { id: span.order }, take: limit });
  }

  async latest(): Promise<Latest> {
    const [row] = await this.rows.query<[Latest]>('SELECT max(id) AS number, current_epoch() AS epoch FROM audit_entry');
    return row;
  }
}

/** Readers of the log know a name such as `rate_limit` from the call that set it. */
const namedAsInTheApi = (details: Deed['details']): Deed['details'] =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
