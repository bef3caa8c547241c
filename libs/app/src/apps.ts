import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { Changes, RowMemory } from '#changes';
import type { Sentence } from '#errors';
import { Clock } from '#runtime';
import { type Place, Vault } from '#vault';
import { type EntityManager, MoreThan, QueryFailedError, Repository } from 'typeorm';
import { AppDisabled, AppExists, AppNotFound, KindIsFixed, OriginalIdTaken, SecretRefused, SecretUntried } from './app-errors.js';
import { App, type FormerCallback, type SealedSecret } from './app.entity.js';
import { sealFormer } from './former-callback.js';
import { type AppPatch, type AppState, type SecretField, checkCallback, modeOf, patched, secretsOf } from './app-state.js';

/**
 * What WeChat says of a secret: that it takes it, a refusal in WeChat's words, or nothing because it was silent. `unverified`
 * is neither for nor against it: something else stood in the way, or there is nothing to try it by.
 */
export type SecretVerdict =
  'accepted' | { readonly refusal: object } | { readonly untried: Sentence } | { readonly unverified: Sentence };
/** Why it is not known that WeChat takes a secret; null where WeChat took it. Absent where no secret is new. */
export type Unverified = Sentence | null | undefined;

export interface Written {
  readonly app: App;
  readonly unverified: Unverified;
}
/** A secret with the way out to WeChat that it is to be used on. */
export interface TriedSecret {
  readonly secret: string;
  readonly proxy: string | undefined;
}
export type SecretProof = (app: App, tried: TriedSecret) => Promise<SecretVerdict>;

/** The WeChat apps we speak for. Everybody else reads them here, from memory; a change reaches all replicas within a second. */
@Injectable()
export class Apps {
  private readonly memory: RowMemory<App>;
  private callbacks: Promise<string[]> | undefined;
  private prove: SecretProof | undefined;

  constructor(
    @InjectRepository(App) private readonly rows: Repository<App>,
    private readonly vault: Vault,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    changes: Changes,
  ) {
    this.memory = new RowMemory(changes, 'app', async (appid) => (await this.rows.findOneBy({ appid })) ?? undefined);
    changes.watch('app', () => this.forgetCallbacks());
  }

  /** Rooms above know how to try a secret; this one does not. */
  registerSecretProof(prove: SecretProof): void {
    this.prove = prove;
  }

  async get(appid: string): Promise<App> {
    const app = this.memory.held(appid) ?? (await this.memory.get(appid));
    if (!app) throw new AppNotFound(appid);
    return app;
  }

  /** For what anybody may ask: an app that is not there is not looked for again until it is registered. */
  async find(appid: string): Promise<App | undefined> {
    if (this.memory.isKnownAbsent(appid)) return undefined;
    return this.memory.held(appid) ?? (await this.memory.get(appid));
  }

  /** For whatever speaks to WeChat in the app's name. */
  async getEnabled(appid: string): Promise<App> {
    const app = await this.get(appid);
    if (!app.enabled) throw new AppDisabled(appid);
    return app;
  }

  /** Another room's transaction has changed its row: this replica need not wait to hear of it. */
  changed(appid: string): void {
    this.memory.drop(appid);
  }

  async withOriginalId(originalId: string): Promise<App | undefined> {
    return (await this.rows.findOneBy({ originalId })) ?? undefined;
  }

  async list(after: string | undefined, limit: number): Promise<App[]> {
    return this.rows.find({ where: after === undefined ? {} : { appid: MoreThan(after) }, order: { appid: 'ASC' }, take: limit });
  }

  /** Those that WeChat pushes to, from memory. */
  withCallback(): Promise<string[]> {
    this.callbacks ??= this.rows
      .query<{ appid: string }[]>('SELECT appid FROM app WHERE callback_token IS NOT NULL ORDER BY appid')
      .then((rows) => rows.map(({ appid }) => appid))
      .catch((error: unknown) => {
        this.forgetCallbacks();
        throw error;
      });
    return this.callbacks;
  }

  /** A secret in the clear, for the one call that needs it. */
  async reveal(app: App, field: SecretField): Promise<string | undefined> {
    const kept = app[field];
    return kept ? this.vault.open(place(app.appid, field), kept.sealed) : undefined;
  }

  /** What the app proves itself with, and its way out to WeChat: in the clear, for the one call that needs them. */
  async credentialsOf(app: App): Promise<{ appid: string; secret: string; proxy: string | undefined }> {
    return { appid: app.appid, secret: (await this.reveal(app, 'secret')) ?? '', proxy: await this.wayOutOf(app) };
  }

  /** WeChat looks on the list of the platform, where one speaks for the app: then its way out serves too. */
  async wayOutOf(app: App): Promise<string | undefined> {
    const own = await this.reveal(app, 'forwardProxy');
    return own !== undefined || app.platform === null ? own : this.reveal(await this.get(app.platform), 'forwardProxy');
  }

  async register(appid: string, wanted: AppState, by: Actor): Promise<App> {
    return this.write(appid, async (transaction) => {
      const app = await this.insert(transaction, appid, wanted, by);
      if (app) return app;
      throw (await locked(transaction, appid)) ? new AppExists(appid) : new OriginalIdTaken();
    });
  }

  /** Brings an app to the wanted state, whatever it was before; does nothing, and records nothing, when it is there already. */
  async apply(appid: string, wanted: AppState, by: Actor): Promise<Written & { created: boolean }> {
    return this.write(appid, async (transaction) => {
      const before = await locked(transaction, appid);
      if (before) return this.applied(before, await this.update(transaction, before, wanted, by));
      const app = await this.insert(transaction, appid, wanted, by);
      if (app) return { app, created: true, unverified: undefined };
      // Another request registered it since we looked, and has committed: now there is a row to bring to the state.
      const made = await locked(transaction, appid);
      if (!made) throw new OriginalIdTaken();
      return this.applied(made, await this.update(transaction, made, wanted, by));
    });
  }

  /** A changed secret is tried first, before any row is locked: WeChat may take its time. */
  async change(appid: string, patch: AppPatch, by: Actor, { verify = true } = {}): Promise<Written> {
    const unverified = patch.secret ? await this.tryIfChanged(appid, patch.secret, patch.forwardProxy, { verify }) : undefined;
    const app = await this.write(appid, async (transaction) => {
      const before = await lockedOrFail(transaction, appid);
      const isMeant = patch.secret !== undefined;
      return this.update(transaction, before, patched(await this.stateOf(before), patch), by, { isMeant });
    });
    return { app, unverified };
  }

  /** Forgets the app and the key that sealed its secrets, so that no copy of them can be read again. */
  async remove(appid: string, by: Actor): Promise<void> {
    await this.write(appid, async (transaction) => {
      const { name, kind } = await lockedOrFail(transaction, appid);
      // The key first: a registration that is sealing with it now fails on the row that is still there, and is not lost with it.
      await this.vault.forget(appid, transaction);
      await transaction.delete(App, { appid });
      await this.audit.record(transaction, by, { action: 'app.delete', appid, subject: appid, details: { name, kind } });
    });
  }

  private async stateOf(app: App): Promise<AppState> {
    const { kind, name, originalId, tokenMode, enabled, jsapiUrlPrefixes } = app;
    const forwardProxy = (await this.reveal(app, 'forwardProxy')) ?? null;
    const token = await this.reveal(app, 'callbackToken');
    const encodingAesKey = (await this.reveal(app, 'callbackEncodingAesKey')) ?? null;
    const callback = token === undefined ? null : { token, encodingAesKey, mode: app.callbackMode ?? undefined };
    const secret = (await this.reveal(app, 'secret')) ?? null;
    return { kind, name, originalId, tokenMode, enabled, secret, forwardProxy, jsapiUrlPrefixes, callback };
  }

  private applied(before: App, app: App): Written & { created: boolean } {
    const isSame = app.secret?.fingerprint === before.secret?.fingerprint;
    return { app, created: false, unverified: isSame || app.secret === null ? undefined : untriedBecause };
  }

  private async tryIfChanged(
    appid: string,
    secret: string,
    patchedProxy: string | null | undefined,
    { verify }: { verify: boolean },
  ): Promise<Unverified> {
    const app = await this.get(appid);
    if ((await this.reveal(app, 'secret')) === secret) return undefined;
    if (!verify) return untriedBecause;
    const proxy = patchedProxy === undefined ? await this.wayOutOf(app) : (patchedProxy ?? undefined);
    const verdict = (await this.prove?.(app, { secret, proxy })) ?? { unverified: untriedBecause };
    if (verdict === 'accepted') return null;
    if ('unverified' in verdict) return verdict.unverified;
    throw 'refusal' in verdict ? new SecretRefused(app.appid, verdict.refusal) : new SecretUntried(app.appid, verdict.untried);
  }

  /** Nothing when the appid, or the original id, is taken. */
  private async insert(transaction: EntityManager, appid: string, wanted: AppState, by: Actor): Promise<App | undefined> {
    checkCallback(wanted);
    const columns = { ...plainColumns(wanted), ...(await this.sealed(transaction, appid, wanted, undefined)) };
    const made = await transaction
      .createQueryBuilder()
      .insert()
      .into(App)
      .values({ appid, ...columns })
      .orIgnore()
      .returning('appid')
      .execute();
    if ((made.raw as unknown[]).length === 0) return undefined;
    await this.audit.record(transaction, by, { action: 'app.register', appid, subject: appid, details: shown(columns) });
    return transaction.findOneByOrFail(App, { appid });
  }

  /** Who names a secret means that it is good: written also where it is the same, so that what waits for a person is tried. */
  private async update(
    transaction: EntityManager,
    before: App,
    wanted: AppState,
    by: Actor,
    { isMeant = false } = {},
  ): Promise<App> {
    const { appid } = before;
    if (wanted.kind !== before.kind) throw new KindIsFixed(appid, before.kind);
    checkCallback(wanted);
    const secrets = await this.sealed(transaction, appid, wanted, before);
    const callbackFormer = await this.formerCallback(transaction, before, wanted, secrets);
    const columns = { ...plainColumns(wanted), ...secrets, callbackFormer };
    const changed = Object.fromEntries(
      Object.entries(columns).filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof App])),
    );
    if (Object.keys(changed).length === 0 && !isMeant) return before;
    await transaction.update(App, { appid }, { ...changed, updatedAt: () => 'now()' });
    await this.audit.record(transaction, by, { action: 'app.change', appid, subject: appid, details: shown(changed) });
    return transaction.findOneByOrFail(App, { appid });
  }

  /** A secret that did not change stays sealed as it is, and so keeps the date of its last change. */
  private async sealed(
    transaction: EntityManager,
    appid: string,
    wanted: AppState,
    before: App | undefined,
  ): Promise<Record<SecretField, SealedSecret | null>> {
    const kept: Record<SecretField, SealedSecret | null> = {
      secret: null,
      forwardProxy: null,
      callbackToken: null,
      callbackEncodingAesKey: null,
    };
    for (const [field, text] of Object.entries(secretsOf(wanted)) as [SecretField, string | null][]) {
      if (text === null) continue;
      const fingerprint = this.vault.fingerprint(`app.${field}`, text).toString('hex').slice(0, 16);
      const former = before?.[field];
      kept[field] =
        former?.fingerprint === fingerprint
          ? former
          : {
              sealed: await this.vault.seal(place(appid, field), text, transaction),
              fingerprint,
              changed_at: this.clock.now().toISOString(),
            };
    }
    return kept;
  }

  /** WeChat goes on signing with the former token until its console is changed too, and for a while after. */
  private async formerCallback(
    transaction: EntityManager,
    before: App,
    { callback }: AppState,
    secrets: Record<SecretField, SealedSecret | null>,
  ): Promise<FormerCallback | null> {
    const isSame = (['callbackToken', 'callbackEncodingAesKey'] as const).every(
      (field) => secrets[field]?.fingerprint === before[field]?.fingerprint,
    );
    if (isSame) return before.callbackFormer;
    const token = await this.reveal(before, 'callbackToken');
    const overlapSeconds = callback?.overlapSeconds ?? dayInSeconds;
    if (!callback || token === undefined || overlapSeconds === 0) return null;
    const encodingAesKey = (await this.reveal(before, 'callbackEncodingAesKey')) ?? null;
    const until = new Date(this.clock.now().getTime() + overlapSeconds * 1_000);
    return sealFormer(this.vault, before.appid, { token, encodingAesKey }, until, transaction);
  }

  private forgetCallbacks(): void {
    this.callbacks = undefined;
  }

  private async write<T>(appid: string, work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.rows.manager.transaction(work);
    } catch (error) {
      if (
        error instanceof QueryFailedError &&
        (error.driverError as { constraint?: string }).constraint === 'app_original_id_key'
      )
        throw new OriginalIdTaken();
      throw error;
    } finally {
      this.memory.drop(appid);
      this.forgetCallbacks();
    }
  }
}

const untriedBecause: Sentence = {
  en: 'WeChat was not asked; the check of the app asks it',
  zh: '没有询问微信；检查应用时会询问',
};

const dayInSeconds = 86_400;

const place = (appid: string, field: SecretField): Place => ({ table: 'app', column: field, row: appid, owner: appid });

const locked = (transaction: EntityManager, appid: string): Promise<App | null> =>
  transaction.findOne(App, { where: { appid }, lock: { mode: 'pessimistic_write' } });

async function lockedOrFail(transaction: EntityManager, appid: string): Promise<App> {
  const app = await locked(transaction, appid);
  if (!app) throw new AppNotFound(appid);
  return app;
}

const plainColumns = (wanted: AppState) => ({
  kind: wanted.kind,
  name: wanted.name,
  originalId: wanted.originalId,
  tokenMode: wanted.tokenMode,
  enabled: wanted.enabled,
  jsapiUrlPrefixes: wanted.jsapiUrlPrefixes,
  callbackMode: wanted.callback && modeOf(wanted.callback),
});

/** For the audit log: of a secret, its fingerprint. */
const shown = (columns: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, shownValue(value)]));

function shownValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('fingerprint' in value) return { fingerprint: value.fingerprint };
  return 'sealed_token' in value && 'until' in value ? { until: value.until } : value;
}
