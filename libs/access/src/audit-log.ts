import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { And, type EntityManager, type FindOptionsWhere, LessThan, MoreThanOrEqual, Repository } from 'typeorm';
import { AuditEntry } from './audit-entry.entity.js';
import type { Actor } from './caller.js';

export interface Deed {
  readonly action: string;
  readonly subject: string;
  readonly appid?: string;
  /** Names and values that changed; of secrets only their fingerprints. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly appid?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly before?: string | undefined;
}

/** Who changed what. */
@Injectable()
export class AuditLog {
  constructor(@InjectRepository(AuditEntry) private readonly rows: Repository<AuditEntry>) {}

  /** Within the transaction of the deed itself: either both are kept or neither. */
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

  /** The newest first. */
  async list(filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
    const where: FindOptionsWhere<AuditEntry> = {};
    if (filter.actor !== undefined) where.actor = filter.actor;
    if (filter.action !== undefined) where.action = filter.action;
    if (filter.appid !== undefined) where.appid = filter.appid;
    if (filter.before !== undefined) where.id = LessThan(filter.before);
    const span = [filter.since && MoreThanOrEqual(filter.since), filter.until && LessThan(filter.until)].filter(
      (one) => one !== undefined,
    );
    if (span.length > 0) where.at = And(...span);
    return this.rows.find({ where, order: { id: 'DESC' }, take: limit });
  }
}

/** Whoever reads the log knows `rate_limit` from the call that set it. */
const namedAsInTheApi = (details: Deed['details']): Deed['details'] =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
