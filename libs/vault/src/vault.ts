import { createHmac } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Randomness } from '#runtime';
import { Settings } from '#settings';
import { type EntityManager, Repository } from 'typeorm';
import { DataKey } from './data-key.entity.js';
import { close, open, read } from './envelope.js';
import { type MasterKey, makeMasterKeyIn, masterKeyFrom, withId } from './master-keys.js';

/** The place of a sealed text, which opens nowhere else. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
  /** The owner of the data key that seals it: an appid, or `gateway`. */
  readonly owner: string;
}

interface OpenKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A master key that sealed this database was not given. Only a person can correct that. */
export class MasterKeyMissing extends Error {
  constructor(wanted: readonly string[], given: readonly string[], source: string) {
    super(
      `The database is sealed with master key ${wanted.join(', ')}, which is not among those given (${given.join(', ') || 'none'}). ` +
        `Put the key with that id into ${source}; without it the secrets cannot be read.`,
    );
    this.name = 'MasterKeyMissing';
  }
}

const fingerprints = 'fingerprints';
const place = (at: Place): string[] => [at.table, at.column, at.row, at.owner];
const placeOfKey = (row: { owner: string; id: string }): string[] => ['data_key', 'wrapped_key', row.id, row.owner];

/**
 * Seals secrets before they reach a column, in two layers: the owner's data key seals a text, and a master key that never
 * touches the database seals data keys. So a new master key re-seals a few data keys and not every secret, and an app's secrets
 * are gone for ever when its data key is deleted.
 */
@Injectable()
export class Vault {
  private readonly log = new Logger('Vault');
  private masters = new Map<string, MasterKey>();
  private sealing: MasterKey | undefined;
  private readonly byId = new Map<string, OpenKey>();
  private fingerprintKey: Buffer | undefined;

  constructor(
    @InjectRepository(DataKey) private readonly rows: Repository<DataKey>,
    private readonly settings: Settings,
    private readonly randomness: Randomness,
  ) {}

  /** Finds the master keys, proves that they open what is in the database, and re-seals data keys with the first of them. */
  async unlock(): Promise<void> {
    const rows = await this.rows.find();
    const masters = this.masterKeysFor(rows);
    this.masters = new Map(masters.map((key) => [key.id, key]));
    this.sealing = masters[0];

    const wanted = [...new Set(rows.map((row) => row.masterKeyId))].filter((id) => !this.masters.has(id));
    if (wanted.length > 0)
      throw new MasterKeyMissing(
        wanted,
        masters.map((key) => key.id),
        this.settings.masterKeys.length > 0 || !this.settings.local ? 'MASTER_KEY' : `${this.settings.dataDir}/master-key`,
      );
    for (const row of rows) this.remember(row);
    await this.rewrap(rows);
    this.fingerprintKey = (await this.currentKeyOf(fingerprints)).bytes;
  }

  /** `within` a transaction, the key cannot be deleted before the sealed text is committed. */
  async seal(at: Place, text: string, within?: EntityManager): Promise<string> {
    return close(await this.currentKeyOf(at.owner, within), place(at), Buffer.from(text, 'utf8'));
  }

  async open(at: Place, sealed: string): Promise<string> {
    const envelope = read(sealed);
    const key = this.byId.get(envelope.keyId) ?? (await this.load(at.owner, envelope.keyId));
    return open(envelope, key.bytes, place(at)).toString('utf8');
  }

  /** Tells whether two secrets are equal and nothing else. It is useless without the vault. */
  fingerprint(purpose: string, secret: string): Buffer {
    if (!this.fingerprintKey) throw new Error('The vault is not unlocked');
    return createHmac('sha256', this.fingerprintKey).update(`${purpose}\0${secret}`).digest();
  }

  /** Makes everything that an owner ever sealed unreadable, including copies. */
  async forget(owner: string, transaction: EntityManager): Promise<void> {
    await transaction.delete(DataKey, { owner });
  }

  private masterKeysFor(rows: DataKey[]): MasterKey[] {
    if (this.settings.masterKeys.length > 0) return this.settings.masterKeys.map(withId);
    const kept = masterKeyFrom(this.settings.dataDir);
    if (kept) return [kept];
    // If another key sealed the database, a new one would only hide the fault.
    return rows.length > 0 ? [] : [makeMasterKeyIn(this.settings.dataDir)];
  }

  private async rewrap(rows: DataKey[]): Promise<void> {
    const sealing = this.sealingKey();
    const former = rows.filter((row) => row.masterKeyId !== sealing.id);
    for (const row of former) {
      await this.rows.update(
        { owner: row.owner, id: row.id, masterKeyId: row.masterKeyId },
        { masterKeyId: sealing.id, wrappedKey: close(sealing, placeOfKey(row), this.remember(row).bytes) },
      );
    }
    if (former.length > 0) this.log.log(`${former.length} data keys are now sealed by master key ${sealing.id}`);
  }

  /** Asks the database each time, because another replica may have deleted a key that is remembered here. */
  private async currentKeyOf(owner: string, within?: EntityManager): Promise<OpenKey> {
    const rows = within?.getRepository(DataKey) ?? this.rows;
    const current = { where: { owner, current: true }, ...(within && { lock: { mode: 'pessimistic_read' as const } }) };
    const there = await rows.findOne(current);
    if (there) return this.remember(there);

    const sealing = this.sealingKey();
    const id = this.randomness.word(12);
    const wrappedKey = close(sealing, placeOfKey({ owner, id }), this.randomness.bytes(32));
    // Two replicas may both find none. The unique index lets one row in, and both read that one.
    await rows.createQueryBuilder().insert().values({ owner, id, masterKeyId: sealing.id, wrappedKey }).orIgnore().execute();
    return this.remember(await rows.findOneOrFail(current));
  }

  /** Another replica may have made a key in between. */
  private async load(owner: string, id: string): Promise<OpenKey> {
    return this.remember(await this.rows.findOneByOrFail({ owner, id }));
  }

  private remember(row: DataKey): OpenKey {
    const known = this.byId.get(row.id);
    if (known) return known;
    const master = this.masters.get(row.masterKeyId);
    if (!master) throw new MasterKeyMissing([row.masterKeyId], [...this.masters.keys()], 'MASTER_KEY');
    const key = { id: row.id, bytes: open(read(row.wrappedKey), master.bytes, placeOfKey(row)) };
    this.byId.set(key.id, key);
    return key;
  }

  private sealingKey(): MasterKey {
    if (!this.sealing) throw new Error('The vault is not unlocked');
    return this.sealing;
  }
}
