import { createHash, timingSafeEqual } from 'node:crypto';
import { type BlockList, isIP } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Changes, RowMemory } from '#changes';
import { InvalidInput, StorageUnavailable } from '#errors';
import { Clock, Randomness } from '#runtime';
import { blockList } from '#settings';
import { Vault, isSameText } from '#vault';
import { type EntityManager, MoreThan, Repository } from 'typeorm';
import {
  AddressNotAllowed,
  ApiKeyNotFound,
  AppNotAllowed,
  InsufficientScope,
  KeyExpired,
  KeyInvalid,
  OverlapUnderWay,
} from './access-errors.js';
import { ApiKey } from './api-key.entity.js';
import { type ApiKeyText, makeApiKeyText, readApiKeyText } from './api-key-text.js';
import { AuditLog } from './audit-log.js';
import type { Actor } from './actor.js';
import { KeyUses } from './key-uses.js';
import { type Scope, offeredScopes } from './scope.js';

export interface ApiKeyTerms {
  readonly name: string;
  readonly appids: string[];
  readonly scopes: Scope[];
  readonly origins: string[];
  readonly allowedAddresses: string[];
  readonly rateLimit: number | null;
  readonly expiresAt: Date | null;
}

/** How long keys stay valid that were in memory when the database went away. */
const trustMilliseconds = 2 * 3_600_000;

/** A key whose text was just checked. */
export class LivingKey {
  constructor(
    readonly terms: ApiKey,
    readonly usedAt: Date,
    /** The hash of the secret that was shown: the present or the former one. */
    readonly secretHash: string,
    readonly address: string,
  ) {}

  get id(): string {
    return this.terms.id;
  }

  get rateLimit(): number | null {
    return this.terms.rateLimit;
  }

  mustHold(scope: Scope): void {
    if (!this.terms.holds(scope)) throw new InsufficientScope(scope);
  }

  holdsApp(appid: string): boolean {
    return this.terms.holdsApp(appid);
  }

  mustHoldApp(appid: string): void {
    if (!this.holdsApp(appid)) throw new AppNotAllowed(appid);
  }
}

/** Who may call us. Keys are checked in memory; the database is asked only about a key not seen before. */
@Injectable()
export class ApiKeys {
  private readonly memory: RowMemory<ApiKey>;
  private readonly log = new Logger('ApiKeys');
  private readonly networks = new WeakMap<ApiKey, BlockList>();
  private readonly shown = new WeakMap<ApiKey, { digest: Buffer; hash: string }[]>();

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
    changes.watch('epoch', () => this.compareWithMemory());
  }

  /** Loads every key into memory, so that keys not used lately also stay valid when the database goes away. */
  async load(): Promise<void> {
    await this.memory.readAll(() => this.all());
  }

  async recognise(text: string, address: string): Promise<LivingKey> {
    const said = readApiKeyText(text);
    if (!said)
      throw new KeyInvalid({
        en: 'This is not an API key: one looks like wxg_… and ends in a checksum',
        zh: '这不是 API 密钥：密钥形如 wxg_…，末尾带校验码',
      });
    if (this.changes.silenceMilliseconds > trustMilliseconds) throw new StorageUnavailable();

    const row = await this.rowFor(said);
    const secretHash = row && this.hashShownBy(row, said.secret);
    const now = this.clock.now();
    if (!row || secretHash === undefined || !row.secretHashesAt(now).includes(secretHash)) throw new KeyInvalid();
    if (row.expiresAt && !row.livesAt(now)) throw new KeyExpired(row.expiresAt);
    if (!this.worksFrom(row, address)) throw new AddressNotAllowed(address);

    this.uses.note(row.id, now);
    return new LivingKey(row, now, secretHash, address);
  }

  /** Whether a stream of the key may go on: key and secret are still valid, and the key holds the scope and the app. */
  async stillOpens({ id, secretHash, address }: LivingKey, scope: Scope, appid: string): Promise<boolean> {
    const now = this.clock.now();
    const held = await this.living(id);
    // The secret may be younger than the row in memory, as when the key was first shown.
    const row = !held || held.secretHashesAt(now).includes(secretHash) ? held : await this.current(id);
    if (!row?.secretHashesAt(now).includes(secretHash)) return false;
    return row.holds(scope) && row.holdsApp(appid) && this.worksFrom(row, address);
  }

  private worksFrom(row: ApiKey, address: string): boolean {
    if (row.allowedAddresses.length === 0) return true;
    const network = this.networks.get(row) ?? blockList(row.allowedAddresses);
    this.networks.set(row, network);
    // The zone of a local address means nothing here, and a proxy may forward something that is not an address.
    const bare = address.replace(/%.*$/, '');
    return isIP(bare) !== 0 && network.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
  }

  /** The caller sees the text now and never again: only its hash is kept. */
  async create(terms: ApiKeyTerms, by: Actor): Promise<{ row: ApiKey; text: string }> {
    this.mustEndLater(terms);
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

  /** The terms of a valid key, for requests of browsers, which carry no key themselves. */
  async living(id: string): Promise<ApiKey | undefined> {
    const row = this.memory.held(id) ?? (await this.memory.get(id));
    return row?.livesAt(this.clock.now()) ? row : undefined;
  }

  /** Gives the key another secret. The former one stays valid during the overlap. The row's lock orders two rotations. */
  async rotate(id: string, overlapSeconds: number, by: Actor): Promise<{ row: ApiKey; text: string }> {
    const { secret, text } = makeApiKeyText(this.randomness, id);
    const row = await this.write(id, async (transaction, { formerSecretUntil }) => {
      const [turned] = await transaction.query<[unknown[], number]>(
        `UPDATE api_key SET secret_hash = $2, former_secret_hash = CASE WHEN $3 > 0 THEN secret_hash END,
                former_secret_until = CASE WHEN $3 > 0 THEN now() + make_interval(secs => $3) END
          WHERE id = $1 AND (former_secret_until IS NULL OR former_secret_until <= now()) RETURNING 1`,
        [id, this.hash(id, secret), overlapSeconds],
      );
      if (turned.length === 0 && formerSecretUntil) throw new OverlapUnderWay(formerSecretUntil);
      await this.audit.record(transaction, by, { action: 'api_key.rotate', subject: id, details: { overlapSeconds } });
      return transaction.findOneByOrFail(ApiKey, { id });
    });
    return { row, text };
  }

  /** The key as the database has it now, if it is valid. */
  async current(id: string): Promise<ApiKey | undefined> {
    const row = await this.rows.findOneBy({ id });
    return row?.livesAt(this.clock.now()) ? row : undefined;
  }

  async list(after: string | undefined, limit: number): Promise<ApiKey[]> {
    return this.rows.find({ where: after === undefined ? {} : { id: MoreThan(after) }, order: { id: 'ASC' }, take: limit });
  }

  async change(id: string, wanted: Partial<ApiKeyTerms>, by: Actor): Promise<ApiKey> {
    this.mustEndLater(wanted);
    return this.write(id, async (transaction, row) => {
      mustBeOffered(wanted.scopes?.filter((scope) => !row.holds(scope)) ?? []);
      if (Object.keys(wanted).length > 0) await transaction.update(ApiKey, { id }, wanted);
      await this.audit.record(transaction, by, { action: 'api_key.change', subject: id, details: { ...wanted } });
      return transaction.findOneByOrFail(ApiKey, { id });
    });
  }

  /** The key is refused here at once, and on every other replica within a second. */
  async revoke(id: string, by: Actor): Promise<void> {
    await this.write(id, async (transaction, { name }) => {
      await transaction.delete(ApiKey, { id });
      await this.audit.record(transaction, by, { action: 'api_key.revoke', subject: id, details: { name } });
    });
  }

  private mustEndLater({ expiresAt }: Partial<ApiKeyTerms>): void {
    if (expiresAt && expiresAt <= this.clock.now())
      throw new InvalidInput([{ path: 'expires_at', message: 'must be a time to come' }]);
  }

  private async write<T>(id: string, work: (transaction: EntityManager, row: ApiKey) => Promise<T>): Promise<T> {
    const result = await this.rows.manager.transaction(async (transaction) => {
      const row = await transaction.findOne(ApiKey, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!row) throw new ApiKeyNotFound(id);
      return work(transaction, row);
    });
    // If this fails, the row is read again when the change is heard of.
    await this.memory.renew(id).catch(() => undefined);
    return result;
  }

  private async all(): Promise<Map<string, ApiKey>> {
    return new Map((await this.rows.find()).map((row) => [row.id, row]));
  }

  /** The database went back in time. Memory knows what changed in the lost time, but only a person can decide what to do. */
  private async compareWithMemory(): Promise<void> {
    const known = new Map(this.memory.entries());
    const now = this.clock.now();
    for (const row of (await this.all()).values()) {
      const former = known.get(row.id);
      const name = `API key ${row.id} (${row.name})`;
      if (!former && row.livesAt(now))
        this.log.error(`${name} works again, since the database went back in time: revoke it again`);
      else if (former && termsOf(former) !== termsOf(row))
        this.log.error(`${name} has its former terms or secret again, since the database went back in time: change them again`);
      known.delete(row.id);
    }
    for (const { id, name } of known.values())
      this.log.error(`API key ${id} (${name}) is gone, since the database went back in time: make another`);
  }

  /** If the row in memory does not know the secret, the secret may be younger than that row. */
  private async rowFor({ id, secret }: ApiKeyText): Promise<ApiKey | undefined> {
    const held = this.memory.held(id);
    if (!held) return this.memory.get(id);
    return this.hashShownBy(held, secret) === undefined ? ((await this.rows.findOneBy({ id })) ?? undefined) : held;
  }

  /** After the first check a plain digest in memory recognises the secret, which costs a tenth of the work. */
  private hashShownBy(row: ApiKey, secret: string): string | undefined {
    const digest = createHash('sha256').update(secret).digest();
    const shown = this.shown.get(row) ?? [];
    const known = shown.find((one) => timingSafeEqual(one.digest, digest));
    if (known) return known.hash;
    const hash = this.hash(row.id, secret);
    const kept = [row.secretHash, row.formerSecretHash].filter((one) => one !== null);
    if (!kept.some((one) => isSameText(one, hash))) return undefined;
    this.shown.set(row, [...shown, { digest, hash }]);
    return hash;
  }

  private hash(id: string, secret: string): string {
    return this.vault.fingerprint(`api_key ${id}`, secret).toString('hex');
  }
}

const termsOf = ({ secretHash, appids, scopes, origins, allowedAddresses, rateLimit, expiresAt }: ApiKey): string =>
  JSON.stringify([secretHash, appids, scopes, origins, allowedAddresses, rateLimit, expiresAt]);

function mustBeOffered(added: readonly Scope[]): void {
  const early = added.filter((scope) => !offeredScopes.includes(scope));
  if (early.length > 0) throw new InvalidInput([{ path: 'scopes', message: `${early.join(', ')} opens no route yet` }]);
}
