import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Changes, RowMemory } from '#changes';
import { StorageUnavailable } from '#errors';
import { Clock, Randomness } from '#runtime';
import { Vault } from '#vault';
import { type EntityManager, MoreThan, Repository } from 'typeorm';
import { ApiKeyNotFound, AppNotAllowed, InsufficientScope, KeyExpired, KeyInvalid } from './access-errors.js';
import { ApiKey } from './api-key.entity.js';
import { makeApiKeyText, readApiKeyText } from './api-key-text.js';
import { AuditLog } from './audit-log.js';
import type { Actor } from './caller.js';
import { KeyUses } from './key-uses.js';
import type { Scope } from './scope.js';

export interface ApiKeyTerms {
  readonly name: string;
  readonly appids: string[];
  readonly scopes: Scope[];
  readonly origins: string[];
  readonly rateLimit: number | null;
  readonly expiresAt: Date | null;
}

/** How long keys stay good that were known before the database went away. */
const trustMilliseconds = 2 * 3_600_000;

/** A key whose text was just shown to be right. */
export class LivingKey {
  constructor(
    readonly terms: ApiKey,
    readonly usedAt: Date,
  ) {}

  get id(): string {
    return this.terms.id;
  }

  get rateLimit(): number | null {
    return this.terms.rateLimit;
  }

  mustHold(scope: Scope): void {
    if (!this.terms.scopes.includes(scope)) throw new InsufficientScope(scope);
  }

  holdsApp(appid: string): boolean {
    return this.terms.appids.includes('*') || this.terms.appids.includes(appid);
  }

  mustHoldApp(appid: string): void {
    if (!this.holdsApp(appid)) throw new AppNotAllowed(appid);
  }
}

/** Who may call us. Keys are checked in memory; the database is asked only about a key not seen before. */
@Injectable()
export class ApiKeys {
  private readonly memory: RowMemory<ApiKey>;
  private readonly shown = new WeakMap<ApiKey, Buffer>();

  constructor(
    @InjectRepository(ApiKey) private readonly rows: Repository<ApiKey>,
    private readonly changes: Changes,
    private readonly vault: Vault,
    private readonly audit: AuditLog,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    const one = async (id: string): Promise<ApiKey | undefined> => (await this.rows.findOneBy({ id })) ?? undefined;
    this.memory = new RowMemory(changes, 'api_key', one, () => this.all());
  }

  /** Takes every key into memory, so that those not used lately stay good too when the database goes away. */
  async load(): Promise<void> {
    await this.memory.readAll(() => this.all());
  }

  async recognise(text: string): Promise<LivingKey> {
    const said = readApiKeyText(text);
    if (!said) throw new KeyInvalid('This is not an API key: one looks like wxg_… and ends in a checksum');
    if (this.changes.silenceMilliseconds > trustMilliseconds) throw new StorageUnavailable();

    const row = this.memory.held(said.id) ?? (await this.memory.get(said.id));
    if (!row || !this.isSecretOf(row, said.secret)) throw new KeyInvalid();
    const now = this.clock.now();
    if (row.expiresAt && row.expiresAt <= now) throw new KeyExpired(row.expiresAt);

    this.uses.note(row.id, now);
    return new LivingKey(row, now);
  }

  /** The text is shown to the caller now and never again: only its hash is kept. */
  async create(terms: ApiKeyTerms, by: Actor): Promise<{ row: ApiKey; text: string }> {
    const { id, secret, text } = makeApiKeyText(this.randomness);
    const row = await this.rows.manager.transaction(async (transaction) => {
      await transaction.insert(ApiKey, { id, ...terms, secretHash: this.hash(id, secret) });
      await this.audit.record(transaction, by, { action: 'api_key.create', subject: id, details: { ...terms } });
      return transaction.findOneByOrFail(ApiKey, { id });
    });
    return { row, text };
  }

  async get(id: string): Promise<ApiKey> {
    const row = await this.rows.findOneBy({ id });
    if (!row) throw new ApiKeyNotFound(id);
    return row;
  }

  /** For what browsers ask, which have no key: the terms of the key that sent them, while it is good. */
  async living(id: string): Promise<ApiKey | undefined> {
    const row = this.memory.held(id) ?? (await this.memory.get(id));
    return row && (!row.expiresAt || row.expiresAt > this.clock.now()) ? row : undefined;
  }

  async list(after: string | undefined, limit: number): Promise<ApiKey[]> {
    return this.rows.find({ where: after === undefined ? {} : { id: MoreThan(after) }, order: { id: 'ASC' }, take: limit });
  }

  async change(id: string, wanted: Partial<ApiKeyTerms>, by: Actor): Promise<ApiKey> {
    return this.write(id, async (transaction) => {
      if (Object.keys(wanted).length > 0) await transaction.update(ApiKey, { id }, wanted);
      await this.audit.record(transaction, by, { action: 'api_key.change', subject: id, details: { ...wanted } });
      return transaction.findOneByOrFail(ApiKey, { id });
    });
  }

  /** Refused at once here, and within a second on every replica. */
  async revoke(id: string, by: Actor): Promise<void> {
    await this.write(id, async (transaction, { name }) => {
      await transaction.delete(ApiKey, { id });
      await this.audit.record(transaction, by, { action: 'api_key.revoke', subject: id, details: { name } });
    });
  }

  private async write<T>(id: string, work: (transaction: EntityManager, row: ApiKey) => Promise<T>): Promise<T> {
    const result = await this.rows.manager.transaction(async (transaction) => {
      const row = await transaction.findOne(ApiKey, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!row) throw new ApiKeyNotFound(id);
      return work(transaction, row);
    });
    // What fails here is made up for when the change is heard of.
    await this.memory.renew(id).catch(() => undefined);
    return result;
  }

  private async all(): Promise<Map<string, ApiKey>> {
    return new Map((await this.rows.find()).map((row) => [row.id, row]));
  }

  /** Shown right once, a secret is known again by a plain digest kept in memory with the row: a tenth of the work. */
  private isSecretOf(row: ApiKey, secret: string): boolean {
    const digest = createHash('sha256').update(secret).digest();
    const shown = this.shown.get(row);
    if (shown) return timingSafeEqual(shown, digest);
    const isRight = timingSafeEqual(Buffer.from(row.secretHash, 'hex'), Buffer.from(this.hash(row.id, secret), 'hex'));
    if (isRight) this.shown.set(row, digest);
    return isRight;
  }

  private hash(id: string, secret: string): string {
    return this.vault.fingerprint(`api_key ${id}`, secret).toString('hex');
  }
}
