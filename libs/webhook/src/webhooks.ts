import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, type ApiKey, ApiKeys, AuditLog, type LivingKey, type Scope } from '#access';
import { Changes, RowMemory } from '#changes';
import { InvalidInput } from '#errors';
import { Randomness } from '#runtime';
import type { RelaySecrets } from '#wechat';
import { type EntityManager, Repository } from 'typeorm';
import { ReceiverAddresses } from './addresses/receiver-addresses.js';
import { RelayKeys } from './relay-keys.js';
import { SealedAddresses } from './sealed-addresses.js';
import { WebhookKeyEnded, WebhookKeyLacks, WebhookNotFound } from './webhook-errors.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { Webhook, type WebhookFormat, addressOf } from './webhook.entity.js';

export interface WebhookTerms {
  readonly url: string;
  readonly appids: string[];
  readonly types: string[];
  readonly description: string;
  readonly maxAgeSeconds: number | null;
  readonly replies: boolean;
}

export interface NewWebhook extends WebhookTerms {
  readonly format: WebhookFormat;
  /** For a relay: the secrets that its framework uses already, if any. */
  readonly relay: Partial<RelaySecrets>;
}

/** A webhook with its secrets, which are shown only once. */
export interface ShownWebhook {
  readonly row: Webhook;
  readonly secret: string;
  readonly relay: Partial<RelaySecrets>;
}

/**
 * The services that asked for events. A key sees a webhook if it holds all of its apps; the webhook's own key decides what is
 * sent.
 */
@Injectable()
export class Webhooks {
  private readonly memory: RowMemory<Webhook>;
  private repliers: Promise<Webhook[]> | undefined;

  constructor(
    @InjectRepository(Webhook) private readonly rows: Repository<Webhook>,
    private readonly secrets: WebhookSecrets,
    private readonly relayKeys: RelayKeys,
    private readonly sealed: SealedAddresses,
    private readonly addresses: ReceiverAddresses,
    private readonly keys: ApiKeys,
    private readonly audit: AuditLog,
    private readonly randomness: Randomness,
    changes: Changes,
  ) {
    this.memory = new RowMemory(changes, 'webhook', async (id) => (await this.rows.findOneBy({ id })) ?? undefined);
    changes.watch('webhook', () => this.forgetRepliers());
  }

  /** The secret is shown to the caller only now. */
  async create({ relay: given, ...terms }: NewWebhook, key: LivingKey, by: Actor): Promise<ShownWebhook> {
    mustBear(key, terms);
    if (terms.format !== 'wechat') refuseRelay(given);
    await this.addresses.mayBeGiven(terms.url);
    const id = `whk_${this.randomness.word(16)}`;
    const made = await this.rows.manager.transaction(async (transaction) => {
      const { text, sealed } = await this.secrets.make(id, transaction);
      const sealedUrl = await this.sealed.seal(id, terms.url, transaction);
      const relay = terms.format === 'wechat' ? await this.relayKeys.make(id, given, transaction) : undefined;
      await transaction.insert(Webhook, {
        id,
        keyId: key.id,
        ...terms,
        url: addressOf(terms.url),
        sealedUrl,
        secrets: [sealed],
        relay: relay?.sealed ?? null,
      });
      await this.audit.record(transaction, by, { action: 'webhook.create', subject: id, details: shown(terms) });
      return { row: await transaction.findOneByOrFail(Webhook, { id }), secret: text, relay: relay?.made ?? {} };
    });
    this.forgetRepliers();
    return made;
  }

  async list(key: LivingKey, after: string | undefined, limit: number): Promise<Webhook[]> {
    const query = this.rows.createQueryBuilder('webhook').orderBy('webhook.id').limit(limit);
    if (after !== undefined) query.andWhere('webhook.id > :after', { after });
    if (!key.holdsApp('*')) query.andWhere('webhook.appids <@ :held', { held: key.terms.appids });
    return query.getMany();
  }

  async get(id: string, key: LivingKey): Promise<Webhook> {
    return visible(await this.rows.findOneBy({ id }), key);
  }

  /** A webhook to which something is sent on request: its key must not have ended. */
  async usable(id: string, key: LivingKey): Promise<Webhook> {
    const row = await this.get(id, key);
    await this.mustBelong(row, {});
    return row;
  }

  /** From memory, for attempts; undefined once it is deleted. */
  async known(id: string): Promise<Webhook | undefined> {
    return this.memory.held(id) ?? this.memory.get(id);
  }

  /** Webhooks that may answer a push, from memory. */
  async replying(): Promise<Webhook[]> {
    this.repliers ??= this.rows.findBy({ enabled: true, replies: true }).catch((error: unknown) => {
      this.forgetRepliers();
      throw error;
    });
    return this.repliers;
  }

  async change(id: string, wanted: Partial<WebhookTerms> & { enabled?: boolean }, key: LivingKey, by: Actor): Promise<Webhook> {
    mustBear(key, wanted);
    if (wanted.url !== undefined) await this.addresses.mayBeGiven(wanted.url);
    return this.write(id, key, async (transaction, before) => {
      // A webhook that answers will also answer from its new address.
      mustBear(key, { replies: wanted.replies ?? (wanted.url !== undefined && before.replies) });
      await this.mustBelong(before, wanted);
      const { enabled, ...terms } = wanted;
      const columns = {
        ...terms,
        ...(terms.url !== undefined && {
          url: addressOf(terms.url),
          sealedUrl: await this.sealed.seal(id, terms.url, transaction),
        }),
        ...(enabled !== undefined && (enabled ? awake : { enabled, disabledBecause: 'asked' as const })),
      };
      if (Object.keys(columns).length > 0) await transaction.update(Webhook, { id }, columns);
      await this.audit.record(transaction, by, { action: 'webhook.change', subject: id, details: shown(wanted) });
    });
  }

  /** Its waiting deliveries are never claimed again, and deleted later. */
  async remove(id: string, key: LivingKey, by: Actor): Promise<void> {
    await this.rows.manager.transaction(async (transaction) => {
      const { url } = await locked(transaction, id, key);
      await transaction.delete(Webhook, { id });
      await this.audit.record(transaction, by, { action: 'webhook.delete', subject: id, details: shown({ url }) });
    });
    this.forget(id);
  }

  /** The former secret signs for a while, until receivers have changed theirs. A relay's framework knows one token only. */
  async rotate(
    id: string,
    { overlapSeconds, relay: given }: { overlapSeconds: number; relay: Partial<RelaySecrets> },
    key: LivingKey,
    by: Actor,
  ): Promise<ShownWebhook> {
    let secret = '';
    let made: Partial<RelaySecrets> = {};
    const row = await this.write(id, key, async (transaction, before) => {
      await this.mustBelong(before, {});
      if (!before.relay) refuseRelay(given);
      const { text, sealed } = await this.secrets.make(id, transaction);
      const relay = before.relay ? await this.relayKeys.make(id, given, transaction) : undefined;
      [secret, made] = [text, relay?.made ?? {}];
      const secrets = this.secrets.rotated(before.secrets, sealed, overlapSeconds);
      await transaction.update(Webhook, { id }, { secrets, ...(relay && { relay: relay.sealed }) });
      await this.audit.record(transaction, by, { action: 'webhook.rotate', subject: id, details: { overlapSeconds } });
    });
    return { row, secret, relay: made };
  }

  /** The webhook's key must be valid and hold what is added. */
  private async mustBelong(
    { keyId, waivedScopes }: Webhook,
    { appids = [], replies = false }: Partial<WebhookTerms>,
  ): Promise<void> {
    if (keyId === null) return;
    const key = await this.keys.living(keyId);
    if (!key) throw new WebhookKeyEnded();
    mustHoldAll(key, appids, replies && !waivedScopes.includes('messages:send') ? ['messages:send'] : []);
  }

  private async write(
    id: string,
    key: LivingKey,
    work: (transaction: EntityManager, before: Webhook) => Promise<void>,
  ): Promise<Webhook> {
    const row = await this.rows.manager.transaction(async (transaction) => {
      await work(transaction, await locked(transaction, id, key));
      return transaction.findOneByOrFail(Webhook, { id });
    });
    this.forget(id);
    return row;
  }

  /** Another class of this process changed the row. */
  forget(id: string): void {
    this.memory.drop(id);
    this.forgetRepliers();
  }

  private forgetRepliers(): void {
    this.repliers = undefined;
  }
}

/** What a caller may ask for. The route has checked that it may have events at all. */
function mustBear(key: LivingKey, { appids = [], replies = false }: Partial<WebhookTerms>): void {
  for (const appid of appids) key.mustHoldApp(appid);
  if (replies) key.mustHold('messages:send');
}

/** Checks a key that a webhook belongs to or shall belong to. */
export function mustHoldAll(key: ApiKey, appids: readonly string[], scopes: readonly Scope[]): void {
  const apps = appids.filter((appid) => !key.holdsApp(appid)).map((appid) => `the app ${appid}`);
  const lacking = [...apps, ...scopes.filter((scope) => !key.holds(scope)).map((scope) => `the scope ${scope}`)];
  if (lacking.length > 0) throw new WebhookKeyLacks(key.id, lacking);
}

function refuseRelay({ token, encodingAesKey }: Partial<RelaySecrets>): void {
  const message = 'is only for the format wechat';
  const faults = [
    ...(token === undefined ? [] : [{ path: 'token', message }]),
    ...(encodingAesKey === undefined ? [] : [{ path: 'encoding_aes_key', message }]),
  ];
  if (faults.length > 0) throw new InvalidInput(faults);
}

const awake = { enabled: true, disabledBecause: null, failingSince: null };

const locked = async (transaction: EntityManager, id: string, key: LivingKey): Promise<Webhook> =>
  visible(await transaction.findOne(Webhook, { where: { id }, lock: { mode: 'pessimistic_write' } }), key);

function visible(row: Webhook | null, key: LivingKey): Webhook {
  if (!row?.appids.every((appid) => key.holdsApp(appid))) throw new WebhookNotFound();
  return row;
}

const shown = ({ url, ...others }: { url?: string }): Record<string, unknown> => ({
  ...(url !== undefined && { url: addressOf(url) }),
  ...others,
});
